//! Differences that stay, each with its reason.

/// A store that the simulated table is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// The store that is embedded in the local stack.
    Embedded,
    /// Amazon's DynamoDB Local.
    DynamoDbLocal,
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Embedded => "the embedded store",
            Self::DynamoDbLocal => "DynamoDB Local",
        })
    }
}

/// A kind of difference that is known.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// Which store differs.
    pub store: Which,
    /// What the requests are about.
    pub about: &'static str,
    /// What the simulated table says: `done` or the name of the refusal.
    pub simulated: &'static str,
    /// What the store says, one of these.
    pub other: &'static [&'static str],
    /// Why it stays.
    pub reason: &'static str,
}

/// All that are known.
pub const KNOWN_DIFFERENCES: &[Known] = &[
    local(
        FORM_OF_NUMBERS,
        "done",
        &["done"],
        "It keeps numbers within lists and maps, and the very small, as they were written.",
    ),
    local(
        FORM_OF_NUMBERS,
        "TransactionCanceledException",
        &["TransactionCanceledException"],
        "The same in the items that a cancelled transaction shows.",
    ),
    local(
        FORM_OF_NUMBERS,
        "ConditionalCheckFailedException",
        &["ConditionalCheckFailedException"],
        "The same in the item that a failed condition shows.",
    ),
    local(
        "a source that may be missing",
        "TransactionCanceledException",
        &["ValidationException"],
        "It refuses the transaction, where the documentation lets a ValidationError cancel it.",
    ),
    local(
        "an index key set to a number",
        "TransactionCanceledException",
        &["done"],
        "Within a transaction it does not, either.",
    ),
    local(
        "an index key set to a number",
        "ValidationException",
        &["done"],
        "An update does not look at the types of the index's keys.",
    ),
    local(
        "a missing sort key",
        "TransactionCanceledException",
        &["ValidationException"],
        "It refuses a null as a key before the transaction is tried.",
    ),
    local(
        END_OF_PAGE,
        "done",
        &["done"],
        "It sees that nothing can follow the bound of the condition; DynamoDB may say that a full page goes on.",
    ),
    embedded(
        "a change of a key",
        "TransactionCanceledException",
        &["done"],
        "Within a transaction it lets an update change the key.",
    ),
    embedded(
        KEYS_SHOWN,
        "done",
        &["done"],
        "Asked for the old item where there was none, it shows the keys.",
    ),
    embedded(
        "an empty sort key asked for",
        "ValidationException",
        &["done"],
        "A query may compare a sort key with nothing.",
    ),
    embedded(
        "a query of the index",
        "ValidationException",
        &["done"],
        "What the index does not hold may be asked for.",
    ),
    embedded(
        "a query of the index with ties",
        "ValidationException",
        &["done"],
        "The same.",
    ),
    lazy("an operand with itself"),
    lazy("bounds the wrong way"),
    lazy("bounds of two types"),
    lazy("the order of a flag"),
    lazy("the beginning of a number"),
];

/// What differs where an item that was not there is shown as its keys.
pub(super) const KEYS_SHOWN: &str = "the old item of none";

/// What differs where a full page goes on for one and not for the other.
pub(super) const END_OF_PAGE: &str = "the end of a full page";

/// What differs where nothing but the form of numbers does.
pub(super) const FORM_OF_NUMBERS: &str = "the form of numbers";

/// A condition whose operands do not fit.
const fn lazy(about: &'static str) -> Known {
    embedded(
        about,
        "ValidationException",
        &[
            "done",
            "ConditionalCheckFailedException",
            "TransactionCanceledException",
        ],
        "It looks at operands only where an item has them.",
    )
}

const fn embedded(
    about: &'static str,
    simulated: &'static str,
    other: &'static [&'static str],
    reason: &'static str,
) -> Known {
    Known {
        store: Which::Embedded,
        about,
        simulated,
        other,
        reason,
    }
}

const fn local(
    about: &'static str,
    simulated: &'static str,
    other: &'static [&'static str],
    reason: &'static str,
) -> Known {
    Known {
        store: Which::DynamoDbLocal,
        about,
        simulated,
        other,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    const PAGE: &str = "differences.md";

    fn page() -> String {
        let mut page = "# Where the simulated table and real ones differ

All differences that `faithful` lets pass, made of the list that it lets them pass by (`src/faithful/known.rs`) by
`UPDATE_DOCS=1 cargo test -p simulation --lib differences`. Any other is red.

| Of | About | The simulated table | The other | Why it stays |
|---|---|---|---|---|
"
        .to_owned();
        for known in KNOWN_DIFFERENCES {
            page.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                known.store,
                known.about,
                known.simulated,
                known.other.join(" or "),
                known.reason
            ));
        }
        page
    }

    #[test]
    fn the_page_of_differences_is_that_of_the_list() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        let page = page();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == page, "{PAGE} is old; its head says how it is made");
        let known = KNOWN_DIFFERENCES.iter();
        let told: BTreeSet<_> = known.map(|it| (it.store, it.about, it.simulated)).collect();
        let listed = KNOWN_DIFFERENCES.len();
        assert!(listed > 0 && told.len() == listed, "one is listed twice");
    }
}
