//! How an interaction turned out, and the figures that it is about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Channel, Event};
use crate::fact::{Business, Fact};
use crate::time::Timestamp;

/// Longest code of a currency. ISO 4217 has three letters.
const CURRENCY_LETTERS: usize = 3;

/// How an interaction turned out so far: what its state alone does not tell.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The customer signed.
    Signed,
    /// The customer will not sign.
    Declined,
    /// The customer paid.
    Paid,
    /// The company took it back, or it ran out.
    Voided,
    /// The company gave money back.
    Refunded,
    /// A payment was tried and failed; the money is still owed.
    Failed,
    /// The customer disputes a payment at the bank.
    Disputed,
    /// A mail came back: the address takes none.
    Bounced,
    /// A message to the customer will never arrive.
    Undelivered,
    /// The receiver reported a mail or a message as spam.
    ReportedAsSpam,
}

impl Outcome {
    /// Its words for a person.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Declined => "declined",
            Self::Paid => "paid",
            Self::Voided => "voided",
            Self::Refunded => "refunded",
            Self::Failed => "payment failed",
            Self::Disputed => "disputed",
            Self::Bounced => "bounced",
            Self::Undelivered => "not delivered",
            Self::ReportedAsSpam => "reported as spam",
        }
    }

    /// What one event says of the outcome. `Some(None)` for one that begins anew: a document that is sent again has
    /// no outcome yet.
    pub(crate) fn told_by(event: &Event) -> Option<Option<Self>> {
        // What becomes of the mails about a document is not what becomes of the document.
        let message = match event.channel {
            Channel::Email => Some(Self::Bounced),
            Channel::Call | Channel::Chat | Channel::Web | Channel::Task => Some(Self::Undelivered),
            Channel::Contract | Channel::Invoice | Channel::Survey => None,
        };
        match &event.fact {
            Fact::Sent(_) => Some(None),
            Fact::Signed(_) => Some(Some(Self::Signed)),
            Fact::Paid(_) => Some(Some(Self::Paid)),
            Fact::Failed(_) => Some(Some(Self::Failed)),
            Fact::Declined(_) => Some(Some(Self::Declined)),
            Fact::Voided(_) => Some(Some(Self::Voided)),
            Fact::Refunded(_) => Some(Some(Self::Refunded)),
            Fact::Disputed(_) => Some(Some(Self::Disputed)),
            Fact::Bounced(bounced) if bounced.reported => {
                message.map(|_| Some(Self::ReportedAsSpam))
            }
            // A mailbox that is full today is no bad address.
            Fact::Bounced(bounced) if bounced.permanent => message.map(Some),
            Fact::Bounced(_)
            | Fact::Started(_)
            | Fact::Queued(_)
            | Fact::Answered(_)
            | Fact::Held
            | Fact::Resumed
            | Fact::Ended(_)
            | Fact::Record(_)
            | Fact::Message(_)
            | Fact::Mail(_)
            | Fact::Reached(_)
            | Fact::Status(_)
            | Fact::Viewed(_)
            | Fact::Acted(_)
            | Fact::Scored(_)
            | Fact::WrapUp(_)
            | Fact::Note(_)
            | Fact::Promised(_)
            | Fact::PromiseEnded(_)
            | Fact::Updated(_) => None,
        }
    }
}

/// An outcome and when it came about.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct TurnedOut {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<Outcome>,
    pub(crate) at: Timestamp,
}

/// Which survey a score was given in, out of how many, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) survey: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) best: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Timestamp>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// The amount in the currency's smallest unit.
    pub amount_minor: i64,
    /// ISO 4217 code of the currency.
    pub currency: String,
}

impl Money {
    /// The amount that a document is over; `None` without a currency, since nobody could read it.
    pub(crate) fn of(business: &Business) -> Option<Self> {
        let amount_minor = business.amount_minor?;
        let currency = business.currency.as_deref()?;
        let is_code = currency.len() == CURRENCY_LETTERS
            && currency.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_code.then(|| Self {
            amount_minor,
            currency: currency.to_ascii_uppercase(),
        })
    }

    /// As people write it, such as `129.00 USD`.
    #[must_use]
    pub fn written(&self) -> String {
        let digits = minor_digits(&self.currency);
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        let amount = self.amount_minor.unsigned_abs();
        let unit = 10_u64.pow(digits);
        let (whole, part) = (amount / unit, amount % unit);
        if digits == 0 {
            return format!("{sign}{whole} {}", self.currency);
        }
        let width = digits as usize;
        format!("{sign}{whole}.{part:0width$} {}", self.currency)
    }
}

/// How many digits of a currency stand behind the point. Source: ISO 4217, table A.1, column "Minor unit".
fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_the_digits_of_its_currency() {
        for (amount_minor, currency, written) in [
            (12_900, "usd", "129.00 USD"),
            (5, "EUR", "0.05 EUR"),
            (-1_250, "EUR", "-12.50 EUR"),
            (1_290, "JPY", "1290 JPY"),
            (1_290, "KRW", "1290 KRW"),
            (1_290, "KWD", "1.290 KWD"),
            (i64::MIN, "JPY", "-9223372036854775808 JPY"),
        ] {
            let business = Business {
                amount_minor: Some(amount_minor),
                currency: Some(currency.to_owned()),
                ..Business::default()
            };
            assert_eq!(
                Money::of(&business).map(|money| money.written()).as_deref(),
                Some(written)
            );
        }
    }

    #[test]
    fn an_amount_that_nobody_could_read_is_none() {
        for currency in [None, Some(""), Some("dollars"), Some("€")] {
            let business = Business {
                amount_minor: Some(1),
                currency: currency.map(str::to_owned),
                ..Business::default()
            };
            assert_eq!(Money::of(&business), None, "{currency:?}");
        }
    }
}
