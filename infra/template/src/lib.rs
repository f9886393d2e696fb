#![doc = include_str!("../README.md")]

mod conditions;
mod document;
mod error;
mod fields;
mod function;
mod http;
mod parameters;
mod queue;
mod role;
mod scope;
mod stack;
mod table;

pub use error::{Place, TemplateError};
pub use function::{Function, QueueEvent};
pub use http::{HttpRoute, JwtAuthorizer};
pub use queue::{Queue, Redrive};
pub use role::TablePermissions;
pub use scope::{Pseudo, Resolver};
pub use stack::{CLOUD_ONLY, GeneratedSecret, Stack, Template};
pub use table::{Attribute, Index, Key, Projection, Table};
