//! Who is whom in a call of a company's own telephone system: it tells a caller's and a dialled number, in the writing of
//! its trunk, and rarely who of both is the customer.

use timeline::{Caller, Direction, Plan, Region};

use crate::address::Address;

/// Longest telephone extension in digits. Numbers of the public network are longer.
const MAX_EXTENSION: usize = 5;

/// One end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A telephone of the company's, or a place in its dialplan such as `s`.
    Inside,
    /// A number, or an address at another host.
    Outside,
    /// The system says that the number is withheld or not known.
    Withheld,
}

/// The two ends of a call, told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sides<'a> {
    /// Who began it; `None` for a call within the company.
    pub(super) direction: Option<Direction>,
    /// The customer's end.
    pub(super) far: Option<&'a str>,
    /// The company's end.
    pub(super) near: Option<&'a str>,
}

impl End {
    pub(super) fn of(text: &str) -> Self {
        if Caller::read(text, Plan::International(None)) == Ok(Caller::Withheld) {
            return Self::Withheld;
        }
        let text = text.trim();
        let bare = match text.split_once(':') {
            Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphabetic()) => rest,
            Some(_) | None => text,
        };
        let (user, host) = bare.split_once('@').unwrap_or((bare, ""));
        let has_letters = user.chars().any(char::is_alphabetic);
        let digits = user.chars().filter(char::is_ascii_digit).count();
        match (has_letters, digits) {
            (true, _) if !host.is_empty() => Self::Outside,
            (false, digits) if digits > MAX_EXTENSION => Self::Outside,
            (_, _) => Self::Inside,
        }
    }
}

impl<'a> Sides<'a> {
    /// Of a caller and whom it dialled. `known` is what the system itself says of the direction; without it, a telephone
    /// of the company's that dials a number is outbound, and a caller from outside inbound.
    pub(super) fn of(
        caller: Option<&'a str>,
        dialled: Option<&'a str>,
        known: Option<Direction>,
    ) -> Self {
        let caller_end = caller.map(End::of);
        let dialled_end = dialled.map(End::of);
        let guess = match (caller_end, dialled_end) {
            (Some(End::Outside | End::Withheld), _) => Some(Direction::Inbound),
            (Some(End::Inside), Some(End::Outside)) => Some(Direction::Outbound),
            (None, Some(End::Outside)) => Some(Direction::Inbound),
            (_, _) => None,
        };
        let direction = known.or(guess);
        let (far, near) = match direction {
            Some(Direction::Inbound) => (caller, dialled),
            Some(Direction::Outbound) => (dialled, caller),
            None => (None, None),
        };
        let is_customers = |end: &&str| End::of(end) != End::Inside;
        Self {
            direction,
            far: far.filter(is_customers),
            near,
        }
    }

    /// The customer. A number without plus is one as a person would dial it where the company's own number is, else where
    /// the stack is; the company's own number is nobody's identity.
    pub(super) fn customer(&self, region: Option<Region>) -> Address {
        let Some(far) = self.far else {
            return Address::Nobody;
        };
        let near_number = self.near.map(|near| Caller::read(near, plan(near, region)));
        let near_region = match near_number {
            Some(Ok(Caller::Number(number))) => number.region(),
            Some(Ok(Caller::Withheld) | Err(_)) | None => None,
        };
        let region = near_region.or(region);
        let own = self.near.map(|near| read(near, region));
        read(far, region).unless_own(own.as_ref())
    }
}

/// A number as it is dialled in that region; what is none there can only be international without its plus.
fn read(text: &str, region: Option<Region>) -> Address {
    match Address::caller(text, plan(text, region)) {
        unread @ Address::Unread(_) => match Address::caller(text, Plan::International(region)) {
            known @ Address::Known(_) => known,
            Address::Nobody | Address::Unread(_) => unread,
        },
        address @ (Address::Known(_) | Address::Nobody) => address,
    }
}

/// Two zeros say the country everywhere, also where people dial others for that.
fn plan(text: &str, region: Option<Region>) -> Plan {
    match region {
        Some(_) if !text.trim_start().starts_with("00") => Plan::National(region),
        Some(_) | None => Plan::International(region),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_by_its_form() {
        for inside in ["101", "s", "*97", "alice", "sip:101@pbx.example.com", "i"] {
            assert_eq!(End::of(inside), End::Inside, "{inside}");
        }
        for outside in [
            "+14155550123",
            "4155550123",
            "sip:ada@example.org",
            "tel:+1-415-555-0123",
        ] {
            assert_eq!(End::of(outside), End::Outside, "{outside}");
        }
        for withheld in ["<unknown>", "anonymous", "", "266696687"] {
            assert_eq!(End::of(withheld), End::Withheld, "{withheld}");
        }
    }

    #[test]
    fn a_number_without_plus_is_read_as_it_is_dialled() {
        let caller = |caller, dialled, region: &str| {
            let sides = Sides::of(Some(caller), Some(dialled), None);
            let known = sides.customer(region.parse().ok()).known();
            known.map(|known| known.uri.expose().to_owned())
        };
        for (text, dialled, region, uri) in [
            ("4155550123", "101", "US", "tel:+14155550123"),
            ("14155550123", "101", "US", "tel:+14155550123"),
            ("4155550123", "+12025550142", "DE", "tel:+14155550123"),
            ("03023125000", "101", "DE", "tel:+493023125000"),
            ("00493023125000", "101", "US", "tel:+493023125000"),
            ("493023125000", "101", "US", "tel:+493023125000"),
            ("493023125000", "101", "", "tel:+493023125000"),
        ] {
            let read = caller(text, dialled, region);
            assert_eq!(
                read.as_deref(),
                Some(uri),
                "{text} at {dialled} in {region}"
            );
        }
    }

    #[test]
    fn a_call_between_two_telephones_of_the_company_has_no_customer() {
        let sides = Sides::of(Some("101"), Some("102"), None);
        assert_eq!((sides.direction, sides.far), (None, None));
    }
}
