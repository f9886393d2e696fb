//! The forms in which numbers, addresses, ids and values are read: what is still one at its bounds, and what is not.

use timeline::{
    Basis, Caller, Channel, Claim, CustomerId, EmailAddress, EmailError, Ended, Fact, IdentityUri,
    InteractionId, LinkPolicy, LinkSourcesError, MAX_OWN, MAX_TRAIT_BYTES, MAX_TRAITS, Opening,
    Outcome, OwnError, OwnIdentities, PhoneError, PhoneNumber, Plan, PromiseId, Purpose, Related,
    Relation, Source, Started, Text, Timestamp, TraitChanges, TraitName, etag_matches, is_id,
};

use crate::given::{ADA, Story, Told, fold, identity};

fn us() -> Plan {
    Plan::National(Some("US".parse().unwrap()))
}

fn number(text: &str, plan: Plan) -> Result<String, PhoneError> {
    PhoneNumber::read(text, plan).map(|number| number.e164().to_owned())
}

#[test]
fn a_number_is_read_to_its_longest_text_and_what_follows_it_is_an_extension_or_an_error() {
    let padded = format!("{:<64}", "+1 415 555 0123");
    assert_eq!(number(&padded, us()).as_deref(), Ok("+14155550123"));
    let longer = format!("{padded} ");
    assert_eq!(number(&longer, us()), Err(PhoneError::ImpossibleLength));
    for text in [
        "+14155550123 ext 7",
        "+14155550123x7",
        "(415) 555-0123 extension. 7",
    ] {
        assert_eq!(number(text, us()).as_deref(), Ok("+14155550123"), "{text}");
    }
    for text in [
        "+14155550123 even",
        "+14155550123 ext",
        "+14155550123 x1y",
        "+14155550123 e7",
    ] {
        assert_eq!(number(text, us()), Err(PhoneError::NotANumber), "{text}");
    }
}

#[test]
fn a_number_in_full_needs_no_region_and_a_word_is_none_in_any() {
    let nowhere = Plan::National(None);
    assert_eq!(
        number("+14155550123", nowhere).as_deref(),
        Ok("+14155550123")
    );
    assert_eq!(number("4155550123", nowhere), Err(PhoneError::NoRegion));
    assert_eq!(number("x12", nowhere), Err(PhoneError::NotANumber));
    // What stands before a colon is a scheme or no part of a number.
    assert_ne!(
        number("10.0.0.1:4155550123", us()).as_deref(),
        Ok("+14155550123")
    );
}

#[test]
fn withheld_numbers_are_so_in_the_digits_of_any_script() {
    for text in [
        "266696687",
        "٢٦٦٦٩٦٦٨٧",
        "२६६६९६६८७",
        "２６６６９６６８７",
        "๒๖๖๖๙๖๖๘๗",
    ] {
        assert_eq!(Caller::read(text, us()), Ok(Caller::Withheld), "{text}");
    }
}

#[test]
fn an_address_is_read_between_the_last_brackets_and_to_its_longest() {
    let read = |text: &str| EmailAddress::read(text).map(|address| address.raw().to_owned());
    for (text, raw) in [
        ("Ada Example <Ada@example.com>", "Ada@example.com"),
        ("\"<odd>\" <ada@example.com>", "ada@example.com"),
        ("<ada@example.com>", "ada@example.com"),
        ("mailto:ada@example.com", "ada@example.com"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(raw), "{text}");
    }
    for text in [
        ">ada@example.com<",
        "a<da@example.com",
        "ada\u{7}@example.com",
        "ada@example.com;bo@example.com",
    ] {
        assert_eq!(read(text), Err(EmailError::NotAnAddress), "{text}");
    }
    let long = |length: usize| format!("{}@example.com", "a".repeat(length - "@example.com".len()));
    assert_eq!(read(&long(254)), Ok(long(254)));
    assert_eq!(read(&long(255)), Err(EmailError::TooLong));
    let tag_alone = EmailAddress::read("+news@outlook.com").unwrap();
    assert_eq!(tag_alone.key(), "+news@outlook.com");
}

#[test]
fn what_is_personal_is_never_shown_to_who_debugs() {
    let number = PhoneNumber::read("+14155550123", us()).unwrap();
    let address = EmailAddress::read("ada@example.com").unwrap();
    for (shown, wanted) in [
        (format!("{number:?}"), "[phone number]"),
        (format!("{address:?}"), "[email address]"),
        (
            format!("{:?}", timeline::Personal::from("Ada")),
            "[personal]",
        ),
        (format!("{:?}", Text::new("Hello")), "[text of 5 bytes]"),
        (format!("{:?}", identity(ADA)), "tel:[personal]"),
    ] {
        assert_eq!(shown, wanted);
    }
}

#[test]
fn an_id_has_nothing_in_it_that_a_path_would_have_to_escape() {
    let source = Source::new("cti").unwrap();
    for key in ["a b", "a/b", "a%b", "ä", "a?b", "a#b"] {
        let id = InteractionId::new(&source, key).unwrap();
        let digest = id.as_str().strip_prefix("cti:").unwrap();
        assert_eq!(digest.len(), 26, "{key}: {id}");
        assert!(
            digest.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{id}"
        );
    }
    let good = format!("cus_{}", "a2".repeat(13));
    assert!(good.parse::<CustomerId>().is_ok());
    for bad in [
        "A2".repeat(13),
        "a1".repeat(13),
        "a2".repeat(12),
        "a2".repeat(14),
    ] {
        assert!(format!("cus_{bad}").parse::<CustomerId>().is_err(), "{bad}");
    }
}

#[test]
fn an_identity_keeps_an_id_that_is_short_and_digests_a_long_one() {
    let visitor = |id: &str| format!("visitor:shop/{id}").parse::<IdentityUri>();
    for bad in ["", "a b", "a\u{7}b", "a\u{a0}b"] {
        assert!(visitor(bad).is_err(), "{bad:?}");
    }
    let kept = "a".repeat(200);
    assert_eq!(
        visitor(&kept).unwrap().expose(),
        format!("visitor:shop/{kept}")
    );
    let long = visitor(&"a".repeat(201)).unwrap();
    assert_eq!(long.expose().len(), "visitor:shop/".len() + 26);
}

#[test]
fn schemas_say_the_form_of_identities_and_times() {
    let identity = schemars::schema_for!(IdentityUri).to_value();
    assert_eq!(identity["type"], "string");
    let time = schemars::schema_for!(Timestamp).to_value();
    assert_eq!(
        (&time["type"], &time["format"]),
        (&"string".into(), &"date-time".into())
    );
}

#[test]
fn a_time_is_read_to_its_longest_text_and_debugs_as_it_prints() {
    let text = "2026-03-02T08:00:00.000Z";
    let time: Timestamp = text.parse().unwrap();
    assert_eq!(
        (format!("{time:?}"), time.to_string()),
        (text.to_owned(), text.to_owned())
    );
    let padded = format!("{text:<64}");
    assert_eq!(padded.parse(), Ok(time));
    assert!(format!("{padded} ").parse::<Timestamp>().is_err());
}

#[test]
fn a_trait_is_read_to_its_longest_value_and_a_tag_in_one_case() {
    let read = |name: &str, text: &str| {
        let name: TraitName = name.parse().unwrap();
        name.read(text).map(|value| value.expose().to_owned()).ok()
    };
    let longest = "a".repeat(MAX_TRAIT_BYTES);
    assert_eq!(read("address", &longest), Some(longest.clone()));
    assert_eq!(read("address", &format!("{longest}a")), None);
    for (text, tag) in [
        ("en-x-Hant", Some("en-x-hant")),
        ("DE-A123", Some("de-a123")),
        ("de-latn-a1b2", Some("de-Latn-a1b2")),
        // 35 characters, and 36.
        (
            "en-abcdefgh-abcdefgh-abcdefgh-abcde",
            Some("en-abcdefgh-abcdefgh-abcdefgh-abcde"),
        ),
        ("en-abcdefgh-abcdefgh-abcdefgh-abcdef", None),
    ] {
        assert_eq!(read("language", text).as_deref(), tag, "{text}");
    }
    let name = TraitName::language();
    assert_eq!(
        (name.to_string(), String::from(name)),
        ("language".into(), "language".into())
    );
}

#[test]
fn so_many_traits_are_changed_at_once_and_no_more() {
    let patch = |count: usize| {
        let preferences = (0..count).map(|key| (format!("p{key}"), "a".into()));
        let preferences: serde_json::Map<_, _> = preferences.collect();
        TraitChanges::of_merge_patch(&serde_json::json!({ "preferences": preferences }))
    };
    assert!(patch(MAX_TRAITS).is_ok());
    assert!(patch(MAX_TRAITS + 1).is_err());
}

#[test]
fn lists_of_own_numbers_and_of_sources_may_be_full() {
    let numbers = |count: usize| {
        let numbers: Vec<_> = (0..count).map(|n| format!("own{n}@example.com")).collect();
        numbers.join(",").parse::<OwnIdentities>()
    };
    assert!(numbers(0).unwrap().is_empty());
    assert!(!numbers(MAX_OWN).unwrap().is_empty());
    assert_eq!(numbers(MAX_OWN + 1), Err(OwnError::TooMany));
    let sources = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("source-{n}")).collect();
        LinkPolicy::read_sources(&names.join(","))
    };
    assert_eq!(sources(100).map(|sources| sources.len()), Ok(100));
    for count in [101, 102] {
        assert_eq!(sources(count), Err(LinkSourcesError::TooMany));
    }
}

#[test]
fn a_long_word_is_a_name_and_no_id() {
    for name in [
        "Understandingrelationships",
        "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz",
        "a-b-c-d-e",
        "WQzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
    ] {
        assert!(!is_id(name), "{name}");
    }
}

#[test]
fn a_tag_matches_itself_in_a_list_and_a_star_matches_all() {
    for (if_match, matches) in [
        ("\"b\"", true),
        ("\"a\", \"b\"", true),
        (" * ", true),
        ("\"a\"", false),
        ("W/\"b\"", false),
        ("", false),
    ] {
        assert_eq!(etag_matches(if_match, "\"b\""), matches, "{if_match}");
    }
}

#[test]
fn words_are_those_that_people_and_the_api_know() {
    let names = Purpose::ALL.map(Purpose::name);
    assert_eq!(names, ["sales", "service", "marketing"]);
    let words = [Outcome::Signed, Outcome::Failed, Outcome::ReportedAsSpam].map(Outcome::words);
    assert_eq!(words, ["signed", "payment failed", "reported as spam"]);
    for (amount_minor, currency, written) in [
        (0, "EUR", "0.00 EUR"),
        (12_345, "CLF", "1.2345 CLF"),
        (12_345, "UYW", "1.2345 UYW"),
    ] {
        let business = timeline::Business {
            amount_minor: Some(amount_minor),
            currency: Some(currency.to_owned()),
            ..timeline::Business::default()
        };
        let invoice = Story::new("crm", "i-1", Channel::Invoice);
        let told = fold(&[invoice.event("sent", Fact::Sent(business))]).summary();
        assert_eq!(told.amount.unwrap().written(), written);
    }
    let promise = PromiseId::try_from("p-1".to_owned()).unwrap();
    assert_eq!(
        (promise.as_str(), String::from(promise.clone())),
        ("p-1", "p-1".into())
    );
}

#[test]
fn what_a_conversation_begins_with_is_told_from_the_rest() {
    let opening = Started {
        opening: Opening::Open,
        ..Started::default()
    };
    assert!(Fact::Started(opening).opens());
    assert!(Fact::Mail(Box::default()).opens());
    assert!(!Fact::Ended(Ended::default()).opens());
    assert!(!Fact::Held.opens());
}

#[test]
fn what_is_not_so_is_not_stored_and_what_is_so_is() {
    let stored = |forwarded: bool| {
        let fact = Fact::Ended(Ended {
            cause: None,
            forwarded,
        });
        let json = serde_json::to_string(&fact).unwrap();
        assert_eq!(serde_json::from_str::<Fact>(&json).unwrap(), fact);
        json.contains("forwarded")
    };
    assert_eq!((stored(false), stored(true)), (false, true));
    assert!(Text::new(" \n").is_blank() && !Text::new(" a").is_blank());
}

#[test]
fn an_account_names_what_is_of_its_own_system_and_nothing_else() {
    let call = Story::call();
    let mut event = call.event("e1", Fact::Held);
    let to = |source: &str| Related {
        relation: Relation::Previous,
        interaction_id: InteractionId::new(&Source::new(source).unwrap(), "c-0").unwrap(),
    };
    event.related = vec![to("amazon-connect"), to("zendesk")];
    let within = event.clone().within(Some("berlin"));
    assert_ne!(within.interaction_id, event.interaction_id);
    assert_ne!(within.related[0], event.related[0]);
    assert_eq!(within.related[1], event.related[1]);
    assert_eq!(event.clone().within(None), event);
}

#[test]
fn a_customer_is_not_claimed_to_be_the_customer() {
    let mut event = Story::call().event("e1", Fact::Held).from(ADA);
    let claim = |uri: &str| Claim {
        identity: identity(uri),
        basis: Basis::Record,
    };
    event.claims = vec![claim(ADA), claim("mailto:ada@example.com")];
    assert_eq!(event.tidy().claims, [claim("mailto:ada@example.com")]);
}
