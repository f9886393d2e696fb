//! Whose number stands at the far end of a line.

use timeline::{Caller, Personal, PhoneNumber, Plan, Region};

use crate::address::Address;
use crate::parts::kept_name;

/// The far end, a national number of it read in the region of the near one. The near end is the company's own number,
/// which is nobody's identity.
pub(in crate::calls) fn customer(
    far: Option<&str>,
    near: Option<&str>,
    region: Option<Region>,
) -> Address {
    let Some(far) = far else {
        return Address::Nobody;
    };
    let near_number = near.and_then(|near| number(near, region));
    let region = near_number.and_then(|number| number.region()).or(region);
    let own = near.map(|near| Address::caller(near, plan(near, region)));
    Address::caller(far, plan(far, region)).unless_own(own.as_ref())
}

/// The number that an address holds; `None` for one that is withheld or none.
pub(in crate::calls) fn number(raw: &str, region: Option<Region>) -> Option<PhoneNumber> {
    match Caller::read(raw, plan(raw, region)) {
        Ok(Caller::Number(number)) => Some(number),
        Ok(Caller::Withheld) | Err(_) => None,
    }
}

/// Digits without a plus are international where the provider writes them. In a SIP address the far system wrote
/// them, as its users dial them.
fn plan(raw: &str, region: Option<Region>) -> Plan {
    if is_sip(raw) {
        Plan::National(region)
    } else {
        Plan::International(region)
    }
}

/// Whether it is an address of SIP.
pub(in crate::calls) fn is_sip(raw: &str) -> bool {
    let raw = raw.trim();
    let scheme = raw.split(':').next().unwrap_or_default();
    raw.contains('@') || scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
}

/// The user and the host of a SIP address.
pub(in crate::calls) fn sip_parts(raw: &str) -> (&str, &str) {
    let bare = raw.trim();
    let bare = match bare.split_once(':') {
        Some((scheme, rest)) if scheme.to_ascii_lowercase().starts_with("sip") => rest,
        Some(_) | None => bare,
    };
    let end = bare.find([';', '?']).unwrap_or(bare.len());
    let bare = bare.get(..end).unwrap_or(bare);
    let (user, host) = bare.split_once('@').unwrap_or((bare, ""));
    (user, host.split(':').next().unwrap_or(host))
}

/// A caller's name. Some systems put the number or the address there where they know none.
pub(in crate::calls) fn caller_name(name: &str) -> Option<Personal> {
    let is_name = name.chars().any(char::is_alphabetic) && !is_sip(name);
    let withheld = matches!(Address::unread(name), Address::Nobody);
    kept_name(name)
        .filter(|_| is_name && !withheld)
        .map(Personal::new)
}
