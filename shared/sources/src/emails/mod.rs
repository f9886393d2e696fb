//! Email.

mod body;
mod content;
mod feedback;
mod header;
pub(crate) mod html;
pub(crate) mod mailgun;
mod mime;
pub(crate) mod ms_graph;
pub(crate) mod postmark;
mod receipt;
pub(crate) mod sendgrid_events;
pub(crate) mod sendgrid_inbound;
pub(crate) mod ses;
mod thread;
