//! Email.

mod body;
mod content;
mod feedback;
mod header;
mod html;
mod mime;
mod receipt;
pub(crate) mod ses;
mod thread;
