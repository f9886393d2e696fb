//! The URL with its query sorted, and the form's fields sorted behind it. Source: Plivo's signature V3, as its SDKs make it:
//! <https://docs.plivo.com/docs/voice/xml/request/validation>.

use crate::delivery::Delivery;
use crate::verify::Refusal;
use crate::{form, url};

/// Writes what is signed of a POST. A JSON body counts as a form too: otherwise anybody could put
/// one behind a signature of the address alone.
pub(crate) fn write(delivery: &Delivery<'_>, message: &mut Vec<u8>) -> Result<(), Refusal> {
    let query = form::sorted(url::query(delivery.url).as_bytes())?;
    let fields = form::sorted(delivery.body)?;
    message.extend_from_slice(url::without_query(delivery.url).as_bytes());
    if !query.is_empty() || !fields.is_empty() {
        message.push(b'?');
    }
    for (index, (name, value)) in query.iter().enumerate() {
        if index > 0 {
            message.push(b'&');
        }
        message.extend_from_slice(name);
        message.push(b'=');
        message.extend_from_slice(value);
    }
    if !query.is_empty() && !fields.is_empty() {
        message.push(b'.');
    }
    message.extend(form::run_together(fields));
    Ok(())
}
