//! The rest of a customer's journey: invoices, contracts, surveys, websites.
mod claims;
pub(crate) mod delighted;
pub(crate) mod docusign;
pub(crate) mod segment;
pub(crate) mod standard_webhooks;
pub(crate) mod stripe;
pub(crate) mod surveymonkey;
pub(crate) mod typeform;
