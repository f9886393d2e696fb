//! Which calls that nobody answered are warned of.

use timeline::{Author, Channel, Direction, State, Summary, WarningKind};

use crate::given::at;
use crate::pop::{abandoned, pop, shown};

#[test]
fn several_calls_that_nobody_answered_are_one_warning_about_the_last() {
    let calls = vec![
        abandoned("1", "11:00:00"),
        abandoned("3", "11:55:00"),
        abandoned("2", "11:50:00"),
        abandoned("2", "11:50:00"),
    ];
    let warnings = pop(calls).warnings;
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        (
            warnings[0].interaction_id.as_str(),
            warnings[0].since,
            warnings[0].text.expose()
        ),
        (
            "crm:3",
            at("11:55:00"),
            "Called 3 times, last 5 minutes ago, and was not answered in Sales"
        )
    );
}

#[test]
fn a_call_that_nobody_answered_is_no_warning_after_customer_and_company_came_together() {
    let contact = |channel, direction, time: &str| Summary {
        direction: Some(direction),
        ..shown("later", channel, State::Ended, time)
    };
    let by_agent = |contact: Summary| Summary {
        agents: vec!["Bea Example".to_owned()],
        last_author: Some(Author::Agent),
        ..contact
    };
    let (inbound, outbound) = (Direction::Inbound, Direction::Outbound);
    let warned = |later: Summary| {
        let warnings = pop(vec![later, abandoned("lost", "11:00:00")]).warnings;
        let mut kinds = warnings.iter().map(|warning| warning.kind);
        kinds.any(|kind| kind == WarningKind::AbandonedCall)
    };
    for later in [
        by_agent(contact(Channel::Call, inbound, "11:30:00")),
        contact(Channel::Call, outbound, "11:30:00"),
        by_agent(contact(Channel::Chat, inbound, "11:30:00")),
        by_agent(contact(Channel::Email, inbound, "11:30:00")),
    ] {
        assert!(!warned(later.clone()), "{later:?}");
    }
    for other in [
        by_agent(contact(Channel::Call, inbound, "10:30:00")),
        contact(Channel::Call, outbound, "10:30:00"),
        contact(Channel::Call, inbound, "11:30:00"),
        contact(Channel::Chat, inbound, "11:30:00"),
        by_agent(contact(Channel::Email, outbound, "11:30:00")),
        contact(Channel::Web, inbound, "11:30:00"),
        Summary {
            state: State::Active,
            ..by_agent(contact(Channel::Call, inbound, "11:59:00"))
        },
    ] {
        assert!(warned(other.clone()), "{other:?}");
    }
    let again = vec![
        abandoned("first", "10:00:00"),
        contact(Channel::Call, outbound, "10:30:00"),
        abandoned("again", "11:00:00"),
    ];
    let text = only_kind(again, WarningKind::AbandonedCall);
    assert_eq!(text, "Called 1 hour ago and was not answered in Sales");
}

fn only_kind(recent: Vec<Summary>, kind: WarningKind) -> String {
    let warnings = pop(recent).warnings;
    let mut of_kind = warnings.iter().filter(|warning| warning.kind == kind);
    let text = of_kind.next().unwrap().text.expose().to_owned();
    assert_eq!(of_kind.next(), None);
    text
}
