//! Who gets an envelope.

use timeline::{Basis, EmailAddress, Personal, Region};

use crate::fields::Fields;
use crate::journeys::claims::{Claims, first_text, line};

/// Most recipients of one sort that are looked at.
const MAX_RECIPIENTS: usize = 500;
/// Sorts of recipients who sign; in person, the host is the company's and the signer has fields of their own.
const SIGNERS: [&str; 2] = ["signers", "inPersonSigners"];
/// Sorts of recipients who only see it.
const OTHERS: [&str; 2] = ["certifiedDeliveries", "carbonCopies"];

/// The recipients of one envelope.
pub(super) struct Recipients<'a> {
    /// Who signs and is not the sender, the first first; the sender where nobody else gets it.
    signers: Vec<Fields<'a>>,
    others: Vec<Fields<'a>>,
    /// All who sign, the sender included.
    signing: Vec<Fields<'a>>,
    region: Option<Region>,
}

impl<'a> Recipients<'a> {
    /// Those that the envelope's summary lists, where the configuration sends them.
    pub(super) fn of(summary: &'a Fields<'a>, region: Option<Region>) -> Self {
        let sender = summary.object("sender").text("email").map(key);
        let list = summary.get("recipients");
        let of_sort = |sort: &str| -> Vec<Fields<'a>> {
            let items = list.map_or(&[][..], |list| Fields::of(list).items(sort));
            items.iter().take(MAX_RECIPIENTS).map(Fields::of).collect()
        };
        let is_sender =
            |recipient: &Fields<'_>| sender.is_some() && email(recipient).map(key) == sender;
        let signing: Vec<_> = SIGNERS.into_iter().flat_map(of_sort).collect();
        let seeing: Vec<_> = OTHERS.into_iter().flat_map(of_sort).collect();
        let mut signers: Vec<_> = signing
            .iter()
            .filter(|signer| !is_sender(signer))
            .copied()
            .collect();
        signers.sort_by_key(|signer| {
            let order = |name: &str| signer.integer(name).unwrap_or(i64::MAX);
            (order("routingOrder"), order("recipientId"))
        });
        let others: Vec<_> = seeing
            .iter()
            .filter(|other| !is_sender(other))
            .copied()
            .collect();
        if signers.is_empty() && others.is_empty() {
            signers.clone_from(&signing);
        }
        Self {
            signers,
            others,
            signing,
            region,
        }
    }

    /// The customer and who else takes part.
    pub(super) fn claims(&self) -> Claims {
        let mut claims = Claims::of_several();
        let recipients = self.signers.iter().chain(&self.others);
        for (place, recipient) in recipients.enumerate() {
            claims.email(email(recipient));
            let phone = recipient.object("phoneNumber");
            if let Some(number) = phone.text("number") {
                let international = phone
                    .id("countryCode")
                    .map(|code| format!("+{}{number}", code.trim_start_matches('+')));
                let number = Some(international.as_deref().unwrap_or(number));
                if place == 0 {
                    // Whoever sent the envelope wrote it beside the address.
                    let evidence = &mut claims.evidence;
                    evidence.phone(Basis::Typed, number, self.region);
                }
                claims.phone(number, self.region);
            }
        }
        claims
    }

    /// What the customer is called.
    pub(super) fn customer_name(&self) -> Option<Personal> {
        let first = self.signers.first()?;
        first_text(first, &["signerName", "name"]).and_then(line)
    }

    /// Whether nobody has still to sign, the company's own included.
    pub(super) fn all_signed(&self) -> bool {
        let has_signed = |signer: &Fields<'_>| {
            let status = signer.text("status").unwrap_or_default();
            ["completed", "signed"]
                .into_iter()
                .any(|done| status.eq_ignore_ascii_case(done))
        };
        !self.signing.is_empty() && self.signing.iter().all(has_signed)
    }

    /// Whether what this recipient does is the customer's doing, as far as the summary tells.
    pub(super) fn may_be_customer(&self, id: Option<&str>) -> bool {
        id.is_none_or(|id| self.signing.is_empty() || self.signers.iter().any(|one| is(one, id)))
    }

    /// A text of the recipient with this id.
    pub(super) fn text_of(&self, id: Option<&str>, name: &str) -> Option<Personal> {
        let id = id?;
        let mut all = self.signing.iter().chain(&self.others);
        all.find(|one| is(one, id))?.text(name).and_then(line)
    }
}

fn is(recipient: &Fields<'_>, id: &str) -> bool {
    recipient.id("recipientId").as_deref() == Some(id)
        || recipient.text("recipientIdGuid") == Some(id)
}

/// A recipient's address; of a signer in person the signer's own, never the host's.
fn email<'a>(recipient: &Fields<'a>) -> Option<&'a str> {
    first_text(recipient, &["signerEmail", "email"])
}

/// Addresses that reach one mailbox have one key.
fn key(address: &str) -> String {
    EmailAddress::read(address).map_or_else(
        |_| address.trim().to_lowercase(),
        |read| read.key().to_owned(),
    )
}
