//! Who the story's customers are, and the company that they meet.

use fastrand::Rng;

/// The company's own numbers and address, as its stack is told them.
pub const OWN_IDENTITIES: &str = "+12025550100,+12025550101,help@shop.example.org";
/// The sources whose verified claims link by themselves, as the stack is told them.
pub const LINK_SOURCES: &str = "amazon-connect,whatsapp";

/// The number that customers call.
pub(super) const HOTLINE: &str = "12025550100";
/// The number that customers write to on WhatsApp, and a line of the company's for calls.
pub(super) const SECOND_LINE: &str = "12025550101";

/// Given names, family names: invented, some with letters beyond ASCII.
const NAMES: [(&str, &str); 8] = [
    ("Ada", "Sample"),
    ("Bo", "Example"),
    ("Zoë", "Muster"),
    ("José", "Ejemplo"),
    ("Mei", "Li-Test"),
    ("Ida", "O'Sample"),
    ("Ravi", "Demo"),
    ("Ünal", "Örnek"),
];
/// Area codes of customers.
const AREAS: [u16; 5] = [415, 212, 312, 206, 617];
/// How many of the customers share a telephone with the one before.
const SHARED_ONE_IN: u32 = 4;

/// A customer.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    /// The number in international digits, without plus.
    pub(super) digits: String,
    /// The address as its owner writes it.
    pub(super) email: String,
    /// The id in the company's own records.
    pub(super) record: String,
    /// The id of the browser.
    pub(super) browser: String,
}

impl Person {
    pub(super) fn tel(&self) -> String {
        format!("tel:+{}", self.digits)
    }

    pub(super) fn whatsapp(&self) -> String {
        format!("whatsapp:+{}", self.digits)
    }

    /// The address in the form in which addresses are compared.
    pub(super) fn email_key(&self) -> String {
        self.email.to_ascii_lowercase()
    }

    pub(super) fn mailto(&self) -> String {
        format!("mailto:{}", self.email_key())
    }
}

/// As many customers, no two of whom have an address in common.
pub(super) fn people(rng: &mut Rng, count: usize) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::with_capacity(count);
    for place in 0..count {
        let (given, family) = NAMES[rng.usize(..NAMES.len())];
        let local = ["Ada", "bo", "Zoe.M", "jose", "Mei", "ida", "RAVI", "unal"];
        let local = local[rng.usize(..local.len())];
        let area = AREAS[rng.usize(..AREAS.len())];
        let shared = people.last().filter(|_| rng.u32(..SHARED_ONE_IN) == 0);
        let digits = match shared {
            Some(other) => other.digits.clone(),
            None => format!("1{area}55501{:02}", 10 + place),
        };
        people.push(Person {
            name: format!("{given} {family}"),
            digits,
            email: format!("{local}.{place}@example.com"),
            record: format!("{}", 40_000 + rng.u32(..10_000) * 10 + place as u32 % 10),
            browser: super::ids::token(rng, 26),
        });
    }
    people
}
