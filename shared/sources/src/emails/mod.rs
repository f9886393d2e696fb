//! Email.

mod body;
mod content;
mod feedback;
mod header;
pub(crate) mod html;
mod inbound;
pub(crate) mod mailgun;
mod mime;
pub(crate) mod ms_graph;
mod outbound;
mod people;
pub(crate) mod postmark;
mod receipt;
mod sendgrid;
pub(crate) mod sendgrid_events;
pub(crate) mod sendgrid_inbound;
pub(crate) mod ses;
mod signature;
mod thread;
