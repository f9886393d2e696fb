//! Callers whose address cannot be read.

use serde_json::{Value, json};
use timeline::Event;

use crate::{connect, cti, fixture, read};

#[test]
fn a_caller_whose_address_cannot_be_read_is_kept_as_the_source_wrote_it() {
    for event in [
        connect("record-unreadable.json"),
        cti("new-call-unreadable.txt"),
    ] {
        assert_eq!(event.customer, None);
        assert_eq!(unread(&event), Some("123"));
    }
    for event in [
        connect("record.json"),
        connect("record-withheld.json"),
        connect("record-own-number.json"),
        cti("new-call.txt"),
        cti("new-call-withheld.txt"),
        cti("new-call-own-number.txt"),
    ] {
        assert_eq!(unread(&event), None, "{}", event.interaction_id);
    }
    let push = fixture("cti", "new-call-unreadable.txt");
    let within = read(&push.replace("to=493023125000", "to=123")).unwrap();
    assert_eq!(unread(&within.events[0]), None, "the own extension");
    let long = read(&push.replace("from=123", &format!("from={}", "x".repeat(9000)))).unwrap();
    assert_eq!(unread(&long.events[0]).map(str::len), Some(320));
}

#[test]
fn what_is_no_persons_end_of_a_contact_is_no_address_to_keep() {
    let mut record: Value =
        serde_json::from_str(&fixture("amazon-connect", "record-unreadable.json")).unwrap();
    let mut kept = |kind: &str, address: &str| {
        record["CustomerEndpoint"] = json!({"Type": kind, "Address": address});
        let event = read(&record.to_string()).unwrap().events.remove(0);
        unread(&event).map(str::to_owned)
    };
    assert_eq!(kept("CONTACT_FLOW", "Main menu"), None);
    assert_eq!(kept("EMAIL_ADDRESS", "anonymous"), None);
    assert_eq!(
        kept("EMAIL_ADDRESS", "ada at example").as_deref(),
        Some("ada at example")
    );
}

fn unread(event: &Event) -> Option<&str> {
    let address = event.unread_customer.as_ref()?;
    Some(address.expose())
}
