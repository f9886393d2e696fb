//! What is sent: every event has a number, and its number says which channel it comes by, which conversation it belongs
//! to, and what it says. Nothing of it has to be remembered, so that a million events take a million bytes.

use std::ops::Range;

/// The ways by which events come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Calls of a telephone system's push: HTTPS with a token.
    Cti,
    /// Contact events of Amazon Connect: straight into the queue, as an EventBridge rule does.
    Connect,
    /// CloudEvents: HTTPS with a token, several in one delivery.
    CloudEvents,
    /// Messages of WhatsApp: HTTPS with a signature, several in one delivery.
    WhatsApp,
    /// Visits of a website: the widget's own protocol.
    Widget,
}

impl Channel {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] = [
        Self::Cti,
        Self::Connect,
        Self::CloudEvents,
        Self::WhatsApp,
        Self::Widget,
    ];

    /// What it is called in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cti => "cti",
            Self::Connect => "amazon-connect",
            Self::CloudEvents => "cloudevents",
            Self::WhatsApp => "whatsapp",
            Self::Widget => "widget",
        }
    }

    /// Its part of all events, in hundredths.
    fn share(self) -> u64 {
        match self {
            Self::Cti => 18,
            Self::Connect => 36,
            Self::CloudEvents => 26,
            Self::WhatsApp => 14,
            Self::Widget => 6,
        }
    }

    /// Events of one conversation.
    #[must_use]
    pub fn steps(self) -> u64 {
        match self {
            Self::Cti => 3,
            Self::Connect => 4,
            Self::CloudEvents => 5,
            Self::WhatsApp => 7,
            Self::Widget => 20,
        }
    }

    /// Events of one delivery.
    #[must_use]
    pub fn together(self) -> u64 {
        match self {
            Self::Cti => 1,
            Self::Connect => 10,
            Self::CloudEvents => 25,
            Self::WhatsApp => 14,
            Self::Widget => 20,
        }
    }
}

/// All that one run sends.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The run's seed, which all its ids bear.
    pub seed: u64,
    starts: [u64; 6],
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The way by which it comes.
    pub channel: Channel,
    /// Its conversation, counted within the channel.
    pub conversation: u64,
    /// Its place in the conversation.
    pub step: u64,
}

impl Plan {
    /// A plan of about so many events: each channel sends whole conversations.
    #[must_use]
    pub fn new(seed: u64, events: u64) -> Self {
        let mut starts = [0; 6];
        for (place, channel) in Channel::ALL.into_iter().enumerate() {
            let conversations = (events * channel.share() / 100)
                .div_ceil(channel.steps())
                .max(1);
            starts[place + 1] = starts[place] + conversations * channel.steps();
        }
        Self { seed, starts }
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.starts[5]
    }

    /// The numbers of a channel's events.
    #[must_use]
    pub fn numbers(&self, channel: Channel) -> Range<u64> {
        let place = Channel::ALL.iter().position(|known| *known == channel);
        let place = place.unwrap_or_default();
        self.starts[place]..self.starts[place + 1]
    }

    /// Where an event stands, by its number.
    #[must_use]
    pub fn spot(&self, number: u64) -> Option<Spot> {
        let channel = Channel::ALL
            .into_iter()
            .find(|channel| self.numbers(*channel).contains(&number))?;
        let place = number - self.numbers(channel).start;
        Some(Spot {
            channel,
            conversation: place / channel.steps(),
            step: place % channel.steps(),
        })
    }

    /// The number of an event, by where it stands.
    #[must_use]
    pub fn number(&self, spot: Spot) -> Option<u64> {
        let numbers = self.numbers(spot.channel);
        let place = spot.conversation.checked_mul(spot.channel.steps())?;
        let number = numbers.start.checked_add(place)?.checked_add(spot.step)?;
        (numbers.contains(&number) && spot.step < spot.channel.steps()).then_some(number)
    }

    /// How many telephone numbers call: each has several calls.
    #[must_use]
    pub fn callers(&self) -> u64 {
        let calls = self.numbers(Channel::Cti);
        ((calls.end - calls.start) / Channel::Cti.steps() / 4).clamp(1, MAX_PEOPLE)
    }
}

/// The number that people call, which is nobody's who calls: a call of the company with itself has no customer.
pub const OFFICE: &str = "12025550199";
/// The number that people write to.
pub const WHATSAPP_LINE: &str = "12025550142";

/// Area codes of the numbers that stand for people; of each, the hundred that are kept for fiction.
/// The company's own are apart: [`OFFICE`] and [`WHATSAPP_LINE`].
const AREAS: [u64; 59] = [
    201, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
    229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301,
    302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323,
    325, 330,
];
/// How many people there are at most.
pub const MAX_PEOPLE: u64 = AREAS.len() as u64 * 100;

/// The telephone number of a person, in digits: `+1 XXX 555 01XX`, which is nobody's.
#[must_use]
pub fn telephone(person: u64) -> String {
    let person = person % MAX_PEOPLE;
    let area = usize::try_from(person / 100).map_or(AREAS[0], |place| AREAS[place]);
    format!("1{area}55501{:02}", person % 100)
}

/// The time that a step of a conversation is said to have happened at: all within one winter, in milliseconds.
#[must_use]
pub fn said_at(spot: Spot) -> i64 {
    const FIRST_MS: i64 = 1_767_225_600_000;
    const STEP_MS: i64 = 1_000;
    const SPAN: u64 = 5_000_000;
    let place = spot.conversation * spot.channel.steps() + spot.step;
    FIRST_MS + i64::try_from(place % SPAN).unwrap_or(0) * STEP_MS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_number_has_one_spot_and_every_spot_its_number() {
        let plan = Plan::new(7, 3_000);
        assert!(plan.events() >= 3_000);
        for number in 0..plan.events() {
            let spot = plan.spot(number).unwrap();
            assert_eq!(plan.number(spot), Some(number));
        }
        assert_eq!(plan.spot(plan.events()), None);
    }

    #[test]
    fn no_person_has_a_number_of_the_company() {
        let people: BTreeSet<String> = (0..MAX_PEOPLE).map(telephone).collect();
        assert_eq!(people.len() as u64, MAX_PEOPLE);
        assert!(!people.contains(OFFICE) && !people.contains(WHATSAPP_LINE));
    }

    #[test]
    fn a_spot_beyond_the_plan_has_no_number() {
        let plan = Plan::new(7, 3_000);
        for channel in Channel::ALL {
            let spot = |conversation, step| Spot {
                channel,
                conversation,
                step,
            };
            assert_eq!(plan.number(spot(0, channel.steps())), None);
            assert_eq!(plan.number(spot(u64::MAX, 0)), None);
            assert_eq!(plan.number(spot(1_000_000, 0)), None);
        }
    }
}
