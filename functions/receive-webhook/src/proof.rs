//! What a delivery is believed by, and how far.

use signatures::{Delivery, Refusal, Scheme};

use crate::connection::Connection;
use crate::request::Delivered;

/// What a delivery was believed by.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    /// The scheme that held.
    Of(&'static Scheme),
    /// Nothing: the connection is `insecure`, and no part of a delivery better than another.
    None,
}

impl Proof {
    /// The proof that a delivery has. `url` is the address that its provider called, `now` in milliseconds since 1970.
    pub(crate) fn find(
        connection: &Connection,
        delivered: &Delivered,
        url: &str,
        now: i64,
    ) -> Result<Self, Refusal> {
        let Some(secrets) = &connection.secrets else {
            return Ok(Self::None);
        };
        let delivery = Delivery {
            url,
            headers: &delivered.headers,
            body: &delivered.body,
            now: now.div_euclid(1000),
        };
        signatures::verify(connection.webhook.proof, secrets, &delivery).map(Self::Of)
    }

    /// Whether a header is the sender's own, as far as the body is.
    pub(crate) fn vouches_for(self, header: &str) -> bool {
        match self {
            Self::Of(scheme) => scheme.vouches_for(header),
            Self::None => true,
        }
    }

    /// Whether it says nothing of headers that no scheme names, such as the attributes of a CloudEvent.
    pub(crate) fn is_signature(self) -> bool {
        match self {
            Self::Of(Scheme::Signed(_) | Scheme::Twilio | Scheme::JwtOfBody) => true,
            Self::Of(Scheme::Shown(_)) | Self::None => false,
        }
    }
}
