//! What the stack's parameters say of identities.

use lambda_kit::config::Env;
use timeline::{LinkPolicy, OwnIdentities};

/// What is done with claims by themselves, from `LINK_SOURCES` and `OWN_IDENTITIES`. `None` is a problem that is noted.
pub(crate) fn policy(env: &mut Env) -> Option<LinkPolicy> {
    let [sources, own] = ["LINK_SOURCES", "OWN_IDENTITIES"].map(|name| env.optional(name));
    let sources = LinkPolicy::read_sources(&sources?.unwrap_or_default());
    let own = own?.unwrap_or_default().parse::<OwnIdentities>();
    // Both say which place of the list is wrong, and quote nothing of it.
    if let Err(error) = &sources {
        env.refuse("LINK_SOURCES", error.to_string());
    }
    if let Err(error) = &own {
        env.refuse("OWN_IDENTITIES", error.to_string());
    }
    Some(LinkPolicy {
        sources: sources.ok()?,
        own: own.ok()?,
    })
}

/// As what events are read: the parsers, the region of numbers without a country's code, and which identities are the
/// company's own.
pub(crate) fn reading(region: Option<&str>, policy: Option<&LinkPolicy>) -> String {
    let reading = sources::reading_in(region);
    match policy {
        Some(policy) if !policy.own.is_empty() => format!("{reading}/{}", policy.own.digest()),
        _ => reading,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(sources: &'static str, own: &'static str) -> Env {
        Env::from_map([("LINK_SOURCES", sources), ("OWN_IDENTITIES", own)])
    }

    #[test]
    fn a_list_that_cannot_be_read_is_told_by_its_place_and_quotes_nothing() {
        let mut env = lists("amazon-connect,Whats App", "info@example.com,extension");
        assert_eq!(policy(&mut env), None);
        let error = env.finish(|| None::<()>).unwrap_err();
        let names: Vec<_> = error.names().collect();
        assert_eq!(names, ["LINK_SOURCES", "OWN_IDENTITIES"]);
        let said = error.to_string();
        assert!(said.matches("place 2").count() == 2, "{said}");
        assert!(
            !said.contains("extension") && !said.contains("Whats"),
            "{said}"
        );
    }

    #[test]
    fn other_own_numbers_are_another_reading_and_other_link_sources_are_not() {
        let read = |sources, own| {
            let policy = policy(&mut lists(sources, own));
            reading(Some("DE"), policy.as_ref())
        };
        let (one, two) = ("+493023125000", "+493023125001");
        assert_ne!(read("", one), read("", two));
        assert_ne!(read("", one), read("", ""));
        assert_eq!(read("", one), read("whatsapp", "+49 30 23125-000"));
        assert_eq!(read("", ""), sources::reading_in(Some("DE")));
    }
}
