//! Whose an interaction is, who else took part, and what it is tied to.

use timeline::{
    Channel, Distrust, Ended, Event, EventId, Fact, Identity, Interaction, Mail, Place, Related,
    Relation, Source, Started, Updated,
};

use crate::given::{ADA, BO, Story, Told, fold, identity};

fn updated(story: &Story, id: &str) -> Event {
    story.event(id, Fact::Updated(Updated::default()))
}

fn uris<'a>(identities: impl Iterator<Item = &'a Identity>) -> Vec<&'a str> {
    identities.map(|identity| identity.uri.expose()).collect()
}

#[test]
fn the_customer_is_whom_the_earliest_event_names_whatever_arrives_first() {
    let story = Story::call();
    let first = updated(&story, "z").at("10:00:00").from(ADA);
    let later = updated(&story, "a").at("10:05:00").from(BO);
    let nameless = updated(&story, "b").at("09:59:00");
    for events in [
        [first.clone(), later.clone(), nameless.clone()],
        [later.clone(), nameless.clone(), first.clone()],
        [nameless, later, first],
    ] {
        let call = fold(&events);
        assert_eq!(call.customer(), Some(&identity(ADA)));
        assert_eq!(
            uris(call.participants()),
            [BO],
            "later identities are participants"
        );
    }
}

#[test]
fn without_a_clock_the_customer_is_whom_the_ringing_names() {
    // The ids stand in the order that would be wrong.
    let story = Story::cti();
    let hangup = story.event("a", Fact::Ended(Ended::default())).from(BO);
    let answer = story.event("b", Fact::Answered(Place::default())).from(BO);
    let ring = story
        .event("c", Fact::Started(Started::default()))
        .from(ADA);
    let extra = updated(&story, "0").from(BO);
    let call = fold(&[hangup, answer, extra, ring]);
    assert_eq!(call.customer(), Some(&identity(ADA)));
}

#[test]
fn an_identity_is_a_participant_once_and_never_beside_itself_as_the_customer() {
    let story = Story::call();
    let mut first = updated(&story, "1").at("10:00:00").from(ADA);
    first.participants = vec![identity(BO), identity("tel:+1 415 555 0188"), identity(ADA)];
    let again = updated(&story, "2")
        .at("10:01:00")
        .from("tel:+1 (415) 555-0123");
    let call = fold(&[first, again]);
    assert_eq!(uris(call.participants()), [BO]);
}

#[test]
fn a_distrusted_mail_names_nobody() {
    let mail = Mail {
        distrust: vec![Distrust::Forged],
        ..Mail::default()
    };
    let mut event = Story::email()
        .event("m", Fact::Mail(Box::new(mail)))
        .at("10:00:00")
        .from("mailto:ada@example.com");
    event.customer_name = Some("Ada Example".into());
    event.participants = vec![identity(BO)];
    let thread = fold(&[event]);
    assert_eq!(thread.customer(), None);
    assert_eq!(thread.participants().count(), 0);
    assert_eq!(thread.summary().customer_name, None);
}

#[test]
fn the_latest_name_of_the_customer_is_shown() {
    let story = Story::chat();
    let named = |id: &str, time: &str, name: &str| {
        let mut event = updated(&story, id).at(time);
        event.customer_name = Some(name.into());
        event
    };
    let events = [
        named("2", "10:05:00", "Ada Example"),
        named("1", "10:00:00", "Visitor 17"),
    ];
    assert_eq!(
        fold(&events).summary().customer_name,
        Some("Ada Example".into())
    );
}

fn related_to(key: usize) -> Related {
    let other = Story::new("amazon-connect", &format!("other-{key}"), Channel::Call);
    Related {
        relation: Relation::Next,
        interaction_id: other.id().clone(),
    }
}

#[test]
fn complaint_14_a_link_of_a_call_to_itself_is_none() {
    let story = Story::call();
    let mut event = updated(&story, "1").at("10:00:00");
    let own = Related {
        relation: Relation::Previous,
        interaction_id: story.id().clone(),
    };
    event.related = vec![own, related_to(1)];
    assert_eq!(
        fold(&[event.clone()]).related().collect::<Vec<_>>(),
        [&related_to(1)]
    );
    assert_eq!(event.tidy().related, [related_to(1)]);
}

#[test]
fn tidying_keeps_the_customer_out_of_the_participants_and_both_lists_short() {
    let mut event = updated(&Story::call(), "1").from(ADA);
    event.participants = vec![identity("tel:+1 415-555-0123")];
    event
        .participants
        .extend((0..40).map(|n| identity(&format!("crm:shop/{n}"))));
    event.related = (0..40).map(related_to).collect();
    let tidy = event.tidy();
    assert_eq!(tidy.participants.len(), timeline::MAX_NAMED);
    assert_eq!(tidy.related.len(), timeline::MAX_NAMED);
    assert!(
        tidy.participants
            .iter()
            .all(|other| other.uri != identity(ADA).uri)
    );
}

#[test]
fn of_many_participants_and_links_the_earliest_are_kept_in_any_order_of_arrival() {
    let story = Story::call();
    let events: Vec<Event> = (10..60)
        .map(|n| {
            let mut event = updated(&story, &format!("e{n}")).at(&format!("10:{:02}:00", n - 10));
            event.participants = vec![identity(&format!("crm:shop/{n}"))];
            event.related = vec![related_to(n)];
            event
        })
        .collect();
    let mut interleaved: Vec<Event> = events.iter().step_by(2).cloned().collect();
    interleaved.extend(events.iter().skip(1).step_by(2).rev().cloned());
    let call = fold(&interleaved);
    assert_eq!(call, fold(&events));
    assert_eq!(
        uris(call.participants()),
        (10..26)
            .map(|n| format!("crm:shop/{n}"))
            .collect::<Vec<_>>()
    );
    assert_eq!(call.related().count(), 16);
}

#[test]
fn the_source_is_that_of_the_interaction_whoever_reports() {
    let story = Story::call();
    let own = updated(&story, "1").at("10:00:00");
    let mut other = updated(&story, "2").at("10:01:00");
    other.source = Source::new("wrap-up-form").unwrap();
    let there = fold(&[own.clone(), other.clone()]);
    assert_eq!(there, fold(&[other, own]));
    assert_eq!(there.summary().source.as_str(), "amazon-connect");
}

#[test]
fn events_of_different_interactions_are_not_one() {
    let call = updated(&Story::call(), "1");
    let chat = updated(&Story::chat(), "1");
    assert_eq!(
        Interaction::of(&[call.clone(), chat.clone()]),
        Err(timeline::FoldError::Mixed)
    );
    assert_eq!(Interaction::of(&[]), Err(timeline::FoldError::NoEvents));
    let mut begun = Interaction::begin(&call);
    assert_eq!(begun.apply(&chat), Err(timeline::FoldError::Mixed));
    assert_eq!(
        begun,
        Interaction::begin(&call),
        "a refused event changes nothing"
    );
}

#[test]
fn complaint_17_the_same_event_twice_is_one() {
    let event = updated(&Story::call(), "1").at("10:00:00").from(ADA);
    assert_eq!(event.id, EventId::new("1").unwrap());
    assert_eq!(fold(&[event.clone(), event.clone()]), fold(&[event]));
}
