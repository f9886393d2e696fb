//! One thread owns the database. What is asked of it meanwhile shares the next transaction, so
//! that many senders pay for one write to the disk, and nobody is answered before it.

use std::sync::mpsc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::errors::SqsError;

/// How many pieces of work share one transaction at most.
const MAX_SHARED: usize = 256;

type Answer = Box<dyn FnOnce(Result<(), &rusqlite::Error>) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;

/// The way to the thread that owns the database.
#[derive(Debug)]
pub(super) struct Journal {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Journal {
    /// Hands the database to a thread of its own.
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("queue-journal".into())
            .spawn(move || work_through(&connection, &waiting))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs work inside a transaction and answers once that is on disk. Work that fails leaves
    /// nothing behind.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqsError> + Send + 'static,
    ) -> Result<T, SqsError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = apart(connection, work);
            Box::new(move |committed| {
                let outcome = match committed {
                    Ok(()) => outcome,
                    Err(error) => outcome.and(Err(SqsError::NotCommitted(error.to_string()))),
                };
                // The caller may have gone; its work stands all the same.
                let _ = answer.send(outcome);
            })
        });
        let jobs = self.jobs.as_ref().ok_or(SqsError::Stopped)?;
        jobs.send(job).map_err(|_| SqsError::Stopped)?;
        answered.await.map_err(|_| SqsError::Stopped)?
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Closing the channel ends the thread after what is already waiting.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has already answered its callers with `Stopped`.
            let _ = thread.join();
        }
    }
}

fn work_through(connection: &Connection, waiting: &mpsc::Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let jobs: Vec<Job> = std::iter::once(first)
            .chain(waiting.try_iter().take(MAX_SHARED - 1))
            .collect();
        commit_together(connection, jobs);
    }
}

fn commit_together(connection: &Connection, jobs: Vec<Job>) {
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        // Dropping the jobs answers their callers with `Stopped`.
        tracing::error!(error = %error, "the queue storage could not begin a transaction");
        return;
    }
    let answers: Vec<Answer> = jobs.into_iter().map(|job| job(connection)).collect();
    let committed = connection.execute_batch("COMMIT");
    if let Err(error) = &committed {
        tracing::error!(error = %error, "the queue storage could not commit");
        if !connection.is_autocommit() {
            // When this fails too, the next BEGIN fails and says so.
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    for answer in answers {
        answer(committed.as_ref().copied());
    }
}

/// Work that fails must not take its neighbours' with it, nor leave half of its own.
fn apart<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, SqsError>,
) -> Result<T, SqsError> {
    connection.execute_batch("SAVEPOINT work")?;
    let outcome = work(connection);
    connection.execute_batch(match &outcome {
        Ok(_) => "RELEASE work",
        Err(_) => "ROLLBACK TO work; RELEASE work",
    })?;
    outcome
}
