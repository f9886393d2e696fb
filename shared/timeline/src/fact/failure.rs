//! Whether the name of an action tells that it did not work.

/// Words of which each tells it.
const FAILURES: [&str; 9] = [
    "fail", "fails", "failed", "failure", "failures", "error", "errors", "timeout", "timeouts",
];
/// Two words that tell it one after the other.
const TIMED_OUT: [&str; 2] = ["timed", "out"];
/// Words that tell it of what the customer pays for, and a choice of the customer's of anything else: of cookies, of an
/// offer.
const REFUSALS: [&str; 4] = ["declined", "decline", "aborted", "abort"];
/// What a customer pays for or with.
const PAYING: [&str; 8] = [
    "payment",
    "payments",
    "card",
    "cards",
    "checkout",
    "checkouts",
    "order",
    "orders",
];

/// Whether the name of an action, in any of the usual ways to write it, tells that it did not work.
pub(super) fn is_told_by(action: &str) -> bool {
    let words = words(action);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(&FAILURES)
        || words.windows(2).any(|pair| pair == TIMED_OUT)
        || (has(&REFUSALS) && has(&PAYING))
}

/// The words of a name such as `Checkout Failed`, `checkout_failed`, `checkoutFailed`, in lower case.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let (mut words, mut word) = (Vec::new(), String::new());
    for (place, c) in chars.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| chars[place]);
        let ends_capitals = before.is_some_and(char::is_uppercase)
            && chars.get(place + 1).is_some_and(|next| next.is_lowercase());
        let begins = c.is_uppercase() && (before.is_some_and(char::is_lowercase) || ends_capitals);
        if (begins || !c.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_work_is_told_by_whole_words() {
        for action in [
            "Checkout Failed",
            "checkout_failed",
            "checkoutFailed",
            "PAYMENT FAILED",
            "Payment Failure",
            "Login Error",
            "HTTPError",
            "form-errors",
            "Search Timeout",
            "Session Timed Out",
            "requestTimedOut",
            "Payment Declined",
            "Card declined",
            "Order Aborted",
            "checkout.aborted",
        ] {
            assert!(is_told_by(action), "{action}");
        }
    }

    #[test]
    fn what_the_customer_chose_and_what_only_sounds_alike_is_no_failure() {
        for action in [
            "",
            "Cookie Consent Declined",
            "Upsell Declined",
            "Terror Movie Viewed",
            "Failsafe Manual Downloaded",
            "Tour Aborted",
            "Timed Offer Viewed",
            "Sold Out",
            "Order Completed",
            "Cardigan Declined",
        ] {
            assert!(!is_told_by(action), "{action}");
        }
    }
}
