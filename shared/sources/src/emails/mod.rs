//! Email.

mod body;
mod feedback;
mod header;
mod html;
mod mime;
pub(crate) mod ses;
mod thread;
