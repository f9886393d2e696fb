//! Why a command did not do what it should.

use crate::stack;

use super::MAX_FILE;

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The stack does not run.
    #[error("the local stack cannot run")]
    Stack(#[from] stack::StackError),
    /// Nobody answers.
    #[error("no stack answers at {url}{}", start_one(url))]
    NoStack {
        /// Where it was looked for.
        url: String,
        /// Why not.
        #[source]
        source: Box<ureq::Error>,
    },
    /// A path cannot be one.
    #[error("a path begins with a slash and holds no spaces; write others as %20")]
    Path,
    /// A header has no value.
    #[error("a header is written as 'Name: value'")]
    Header,
    /// The answer is not what a stack answers.
    #[error("{url} answers {status}: {body}")]
    Answer {
        /// Who answered.
        url: String,
        /// With which status.
        status: u16,
        /// With what.
        body: String,
    },
    /// A pop is not of the form that this program knows.
    #[error("the pop is not of the form that this program knows")]
    Pop(#[source] serde_json::Error),
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Which.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file is longer than a message can be.
    #[error("{0} is longer than the {MAX_FILE} bytes that a queue takes")]
    TooLong(String),
    /// A message must have a body.
    #[error("{0} is empty")]
    Empty(String),
    /// The stack has no such queue.
    #[error("there is no queue {name}; there are {known}")]
    NoQueue {
        /// Which was asked for.
        name: String,
        /// Which there are.
        known: String,
    },
    /// Nothing says where to.
    #[error(
        "name a queue with --queue, its URL with --queue-url, or a webhook's source with --source"
    )]
    WhereTo,
    /// The environment does not say how to reach AWS.
    #[error(
        "the environment lacks {0}; `eval \"$(aws configure export-credentials --format env)\"` sets the keys, `export AWS_REGION=…` the region"
    )]
    Environment(String),
    /// The queue did not take a message.
    #[error("the queue did not take the message: {0}")]
    Send(String),
    /// A queue did not do what was asked.
    #[error("the queue {0} does not do what it should: {1}")]
    Queue(String, String),
    /// No message is meant.
    #[error("there is no such message")]
    NoMessage,
    /// A queue did not give all of its messages.
    #[error("not all messages could be looked at; call again in a few minutes")]
    Missed,
    /// Messages that cannot be sent again.
    #[error(
        "{0} do not say which queue they came from; show them, and name it with `quarantine replay --id ID --to QUEUE` or take them out with `quarantine discard --id ID`"
    )]
    Homeless(usize),
    /// Nothing says where to.
    #[error("what is undelivered does not say which queue it is for; name it with --to")]
    ToWhich,
    /// Not all of what is there goes to one queue.
    #[error(
        "what is undelivered is of several queues, and some of it is no event; name one message with --id"
    )]
    WhichOne,
    /// It is known where to.
    #[error("--to is for --queue undelivered only; dead letters go back to their own queue")]
    ToKnown,
    /// Nothing says which table.
    #[error("name the table with --table; it is the stack's output TableName")]
    NoTable,
    /// The table did not do what was asked.
    #[error("the table {table} {at} cannot be compared")]
    Table {
        /// Its name.
        table: String,
        /// Where it was looked for.
        at: String,
        /// Why not.
        #[source]
        source: store::StoreError,
    },
    /// An id is none.
    #[error("that is no id")]
    Id(#[source] timeline::IdError),
    /// Nobody has that id.
    #[error("there is no customer of that id")]
    NoCustomer,
    /// Interactions differ from their events.
    #[error("not everything is what its events say; the interactions are above")]
    Differs,
    /// There are items that nothing here writes, or that a newer version wrote.
    #[error("{0} items are not known to this version of cornerstore")]
    Unknown(u64),
    /// Interactions were written to all the time.
    #[error("{0} interactions could not be compared, for they were written to; call again")]
    Busy(u64),
    /// A comparison did not come to its end.
    #[error(transparent)]
    NotCompared(Box<CliError>),
    /// How far it came cannot be kept.
    #[error("the file of progress cannot be written")]
    Progress(#[source] std::io::Error),
    /// The file of progress is of another stack, or was changed.
    #[error("the file of progress is not of this stack; remove it to begin anew")]
    OtherProgress,
    /// The file of progress is of another look.
    #[error("{path} is of another look: {why}; name another file, or remove it to begin anew")]
    ProgressOf {
        /// Which file.
        path: String,
        /// In what it differs.
        why: String,
    },
    /// A part of the table has more pages than one call looks at.
    #[error(
        "a part of the table has more than {0} pages; call again with the same --progress FILE"
    )]
    NotAtItsEnd(u64),
    /// The demo did not come to its end.
    #[error("the demo waits in vain for {0}")]
    Demo(&'static str),
    /// No source has that name.
    #[error("there is no source {0}; `cornerstore sources` lists them")]
    NoSource(String),
    /// The source does not come over HTTPS.
    #[error("{0} has no webhook; send its events to its queue with --queue")]
    NoWebhook(String),
    /// The stack does not say where its secrets are.
    #[error(
        "{0} is no local stack, so that its secrets are not known here; give one with --secret"
    )]
    NoSecrets(String),
    /// There is no secret for that connection.
    #[error("{secrets} has no secret for {connection}")]
    NoSecret {
        /// Which connection.
        connection: String,
        /// Where it was looked for.
        secrets: String,
    },
    /// A delivery cannot be signed.
    #[error("the delivery cannot be signed as {0}'s")]
    Sign(String, #[source] signatures::SignError),
    /// Some files of several.
    #[error("{failed} of {all} files were not taken; the reasons are above")]
    NotAll {
        /// How many were not.
        failed: usize,
        /// Of how many.
        all: usize,
    },
    /// Something cannot be printed as JSON.
    #[error("the answer cannot be written")]
    Json(#[source] serde_json::Error),
}

/// What the exit code says where something cannot be compared, so that nobody takes that for a difference.
const NOT_COMPARED: u8 = 2;
/// What the exit code says of everything else.
const FAILED: u8 = 1;

impl CliError {
    /// The exit code of the command.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::NotCompared(_)) {
            NOT_COMPARED
        } else {
            FAILED
        }
    }
}

/// How to get a stack that answers there, if it can be got.
fn start_one(url: &str) -> &'static str {
    if is_local(url) {
        "; start one with `cargo run`"
    } else {
        ""
    }
}

/// Whether an address is of this machine.
pub(super) fn is_local(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or(url);
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|here| {
        host.strip_prefix(here)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stack_on_this_machine_can_be_started() {
        for (url, is_here) in [
            ("http://127.0.0.1:8787/local", true),
            ("http://localhost", true),
            ("http://[::1]:8787", true),
            (
                "https://abc.execute-api.eu-central-1.amazonaws.com/v1",
                false,
            ),
            ("http://127.0.0.1.example.com", false),
        ] {
            let source = Box::new(ureq::Error::HostNotFound);
            let url = url.to_owned();
            let told = CliError::NoStack { url, source }.to_string();
            assert_eq!(told.contains("cargo run"), is_here, "{told}");
        }
    }

    #[test]
    fn what_could_not_be_compared_is_told_from_a_difference_by_the_exit_code() {
        let unreached = CliError::NotCompared(Box::new(CliError::NoTable));
        assert_eq!(unreached.exit_code(), 2);
        assert_eq!(unreached.to_string(), CliError::NoTable.to_string());
        for error in [CliError::Differs, CliError::Unknown(1), CliError::NoMessage] {
            assert_eq!(error.exit_code(), 1);
        }
    }
}
