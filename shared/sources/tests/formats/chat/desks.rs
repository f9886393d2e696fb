//! Intercom, Zendesk and the others: notes, ways, ratings, complaints.

use super::*;

#[test]
fn notes_are_never_messages_that_the_customer_saw() {
    for (source, name) in [
        ("intercom", "admin-noted"),
        ("zendesk", "comment-private"),
        ("crisp", "message-note"),
    ] {
        let event = &reading(source, name).events[0];
        let is_note =
            matches!(&event.fact, Fact::Note(note) if note.agent.as_deref() == Some("Bo Sample"));
        assert!(is_note, "{source}/{name}");
    }
    let with_file = &reading("intercom", "admin-noted-file").events[0];
    assert!(matches!(&with_file.fact, Fact::Message(message) if message.private));
    // A comment that does not say that it is public is not.
    let silent = changed("zendesk", "comment-agent", |body| {
        body["event"]["comment"]
            .as_object_mut()
            .unwrap()
            .remove("is_public");
    });
    assert!(matches!(silent.fact, Fact::Note(_)));
    let odd = changed("crisp", "message-note", |body| {
        body["data"]["from"] = json!("user")
    });
    let Fact::Message(odd) = odd.fact else {
        panic!("a message")
    };
    assert!(odd.private && odd.author == Author::System);
}

#[test]
fn who_began_and_by_which_way_is_as_the_provider_says() {
    let all = |source, name| reading(source, name).events.remove(0);
    let told = [
        (
            "intercom",
            "user-created",
            Channel::Chat,
            Some(Direction::Inbound),
        ),
        (
            "intercom",
            "user-created-email",
            Channel::Email,
            Some(Direction::Inbound),
        ),
        (
            "intercom",
            "admin-single-created",
            Channel::Chat,
            Some(Direction::Outbound),
        ),
        (
            "zendesk",
            "ticket-created",
            Channel::Email,
            Some(Direction::Inbound),
        ),
        (
            "zendesk",
            "ticket-created-messaging",
            Channel::Chat,
            Some(Direction::Inbound),
        ),
        ("zendesk", "ticket-created-by-agent", Channel::Email, None),
        (
            "tawk",
            "chat-start-agent",
            Channel::Chat,
            Some(Direction::Outbound),
        ),
        (
            "tawk",
            "ticket-create",
            Channel::Email,
            Some(Direction::Inbound),
        ),
        ("crisp", "message-received", Channel::Chat, None),
    ];
    for (source, name, channel, direction) in told {
        let event = all(source, name);
        assert_eq!(
            (event.channel, event.direction),
            (channel, direction),
            "{source}/{name}"
        );
    }
}

#[test]
fn zendesk_tickets_of_two_accounts_never_meet() {
    let one = &reading("zendesk", "ticket-created").events[0];
    let other = changed("zendesk", "ticket-created", |body| {
        body["account_id"] = json!(22_135_791)
    });
    assert_ne!(one.interaction_id, other.interaction_id);
    let numbers = &reading("zendesk", "comment-2021-numbers").events[0];
    assert_eq!(numbers.interaction_id, one.interaction_id);
}

#[test]
fn zendesk_a_tag_marks_a_complaint_and_only_its_removal_ends_it() {
    let complaint = |name: &str, change: &dyn Fn(&mut Value)| {
        let event = changed("zendesk", name, change);
        let Fact::Status(set) = event.fact else {
            panic!("a status")
        };
        set.complaint
    };
    assert_eq!(complaint("tags-changed", &|_| {}), Some(true));
    assert_eq!(complaint("status-hold", &|_| {}), None);
    let removed = complaint("tags-changed", &|body| {
        body["detail"]["tags"] = json!([]);
        body["event"] = json!({"tags_added": [], "tags_removed": ["complaint"]});
    });
    assert_eq!(removed, Some(false));
}

#[test]
fn intercom_a_rating_and_its_remark_are_of_the_conversation() {
    let rated = events(
        "intercom",
        &["user-created", "rating-added", "rating-remark"],
    );
    let summary = summary(&rated);
    assert_eq!(summary.score, Some(2));
    assert_eq!(summary.preview.unwrap().expose(), "It took too long");
}
