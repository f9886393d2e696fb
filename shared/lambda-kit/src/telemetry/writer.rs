//! A writer that redacts each line before it writes it.

use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use super::redact::redact;

/// Makes writers that redact whole lines, see [`redact`].
#[derive(Clone, Debug)]
pub struct Redacting<W>(W);

impl<W> Redacting<W> {
    /// Redacts what goes to `writer`.
    pub fn new(writer: W) -> Self {
        Self(writer)
    }
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Redacting<W> {
    type Writer = RedactingWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter::new(self.0.make_writer())
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        RedactingWriter::new(self.0.make_writer_for(metadata))
    }
}

/// Holds what is written to it until a line is complete, since a number may be cut across writes.
pub struct RedactingWriter<W: Write> {
    inner: W,
    held: Vec<u8>,
}

impl<W: Write> RedactingWriter<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            held: Vec::new(),
        }
    }

    /// Writes the first `len` held bytes in one go, so that lines of other threads stay apart.
    fn release(&mut self, len: usize) -> io::Result<()> {
        let rest = self.held.split_off(len);
        let lines = std::mem::replace(&mut self.held, rest);
        let lines = String::from_utf8_lossy(&lines);
        self.inner.write_all(redact(&lines).as_bytes())
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let held_before = self.held.len();
        self.held.extend_from_slice(bytes);
        if let Some(newline) = bytes.iter().rposition(|byte| *byte == b'\n') {
            self.release(held_before + newline + 1)?;
        }
        Ok(bytes.len())
    }

    /// Only whole lines are passed on; the rest is written when the writer is dropped.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W: Write> Drop for RedactingWriter<W> {
    fn drop(&mut self) {
        // There is nobody left to tell that a log line could not be written.
        if !self.held.is_empty() {
            self.release(self.held.len()).ok();
        }
    }
}
