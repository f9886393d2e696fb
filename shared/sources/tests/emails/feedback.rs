//! What became of mail that went out.

use serde_json::json;
use sources::Rejection;
use timeline::Fact;

use crate::{customer, event, event_of, fixture, fixture_value, only, read};

#[test]
fn a_bounce_is_one_event_per_receiver_each_in_an_interaction_of_its_own() {
    let reading = read(&fixture("bounce-permanent")).unwrap();
    let receivers: Vec<_> = reading.events.iter().map(customer).collect();
    assert_eq!(
        receivers,
        ["mailto:gone@example.com", "mailto:moved@example.net"]
    );
    assert_ne!(
        reading.events[0].interaction_id,
        reading.events[1].interaction_id
    );
    let Fact::Bounced(bounced) = &reading.events[0].fact else {
        panic!()
    };
    assert!(bounced.permanent && !bounced.reported);
}

#[test]
fn bounce_and_complaint_of_one_mail_meet_in_one_interaction() {
    let mut bounce = fixture_value("bounce-transient");
    bounce["bounce"]["bouncedRecipients"][0]["emailAddress"] = json!("ADA@example.com");
    let complaint = event("complaint");
    assert_eq!(event_of(&bounce).interaction_id, complaint.interaction_id);
    let Fact::Bounced(reported) = &complaint.fact else {
        panic!()
    };
    assert!(reported.reported && !reported.permanent);
}

#[test]
fn one_receiver_without_an_address_does_not_lose_the_others() {
    let reading = read(&fixture("bad-bounce-one-recipient")).unwrap();
    assert_eq!(
        reading.rejections,
        [Rejection::missing(
            "bounce.bouncedRecipients[].emailAddress"
        )]
    );
    assert_eq!(customer(&only(reading)), "nobody");
}
