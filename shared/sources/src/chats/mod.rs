//! Chat and messaging.

pub(crate) mod chatwoot;
pub(crate) mod connect;
pub(crate) mod crisp;
pub(crate) mod intercom;
pub(crate) mod tawk;
mod told;
pub(crate) mod twilio_conversations;
pub(crate) mod whatsapp;
pub(crate) mod widget;
pub(crate) mod zendesk;
