//! What every event's `data` holds, whatever happened: which conversation, and with whom.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use timeline::{
    Basis, Caller, Direction, EmailAddress, IdError, Identity, IdentityError, IdentityUri,
    InteractionId, MAX_NAMED, MAX_TRAITS, Personal, Plan, Region, Related, Relation, cut,
};

use crate::cloudevents::facts::MAX_NAME;
use crate::evidence::Evidence;
use crate::reading::Rejection;

/// Longest address that is looked at, in bytes.
const MAX_ADDRESS: usize = 2048;

/// What every event says of its conversation.
#[derive(Deserialize, JsonSchema)]
pub(super) struct About {
    /// The sender's own key of the call, chat, thread, visit or document that the event belongs to. The same key
    /// in the same `source` is the same interaction. It becomes part of an id that may be logged: no names,
    /// numbers or addresses.
    interaction: Key,
    /// Who began the interaction.
    pub(super) direction: Option<Direction>,
    /// Who the customer is. When it is absent, the attribute `subject` counts if it is an identity's URI.
    customer: Option<Named>,
    /// What the customer is called.
    customer_name: Option<String>,
    /// Others who took part, and other identities that the customer gave.
    #[serde(default)]
    participants: Vec<Named>,
    /// Other identities of the customer, each with how the sender comes to say so; at most 16 count, and only where the
    /// customer is named. One that cannot be read, or whose basis is none of these, is passed over.
    #[serde(default, deserialize_with = "each_by_itself")]
    #[schemars(with = "Vec<Claimed>")]
    claims: Vec<Option<Claimed>>,
    /// What the customer is as a person, by the names of traits: `name`, `company`, `language` (BCP 47), `time_zone`
    /// (IANA), `address`, `lifecycle_stage`, `preferences.<name>`. They count where the customer is named. Others are
    /// passed over.
    #[serde(default)]
    traits: BTreeMap<String, String>,
    /// Other interactions of the same story, by their keys at the same sender.
    #[serde(default)]
    related: Vec<Pointer>,
}

/// A conversation's key, which some systems write as a number.
#[derive(Deserialize)]
#[serde(untagged, expecting = "no key, expected a text or a whole number")]
enum Key {
    Text(String),
    Number(i64),
}

/// Another interaction of the same story.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "RelatedInteraction")]
struct Pointer {
    /// How it belongs to this one.
    relation: Relation,
    /// Its key at the same sender.
    interaction: Key,
}

/// An identity that is the customer's, too.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ClaimedIdentity")]
struct Claimed {
    /// Which.
    identity: Named,
    /// How the sender comes to say so. Only `signed_in`, `messenger` and `record` may ever link by themselves.
    basis: Basis,
}

/// Somebody: an identity's URI, or an object with a URI, a telephone number or an email address.
#[derive(Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "nobody, expected an identity's URI, or an object with uri, phone or email"
)]
#[schemars(rename = "Identity")]
enum Named {
    /// The identity's URI.
    Uri(#[schemars(with = "IdentityUri")] String),
    /// Its parts.
    Parts(Parts),
}

/// An identity in parts. The first of `uri`, `phone` and `email` that is there is the customer; the others are
/// kept as participants, and as unverified claims unless `claims` says more.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "IdentityParts")]
#[schemars(extend("anyOf" = [{"required": ["uri"]}, {"required": ["phone"]}, {"required": ["email"]}]))]
struct Parts {
    /// The identity's URI.
    #[serde(default, deserialize_with = "sent")]
    #[schemars(with = "Option<IdentityUri>")]
    uri: Option<String>,
    /// A telephone number in any punctuation, international with `+` or national in the stack's region. Empty, null
    /// or `anonymous` when it is withheld.
    #[serde(default, deserialize_with = "sent")]
    phone: Option<String>,
    /// An email address.
    #[serde(default, deserialize_with = "sent")]
    email: Option<String>,
    /// What the person is called.
    name: Option<String>,
}

/// Who took part, read.
pub(super) struct Who {
    pub(super) customer: Option<Identity>,
    pub(super) name: Option<Personal>,
    pub(super) participants: Vec<Identity>,
}

impl About {
    /// The conversation's key as text.
    pub(super) fn key(&self) -> String {
        self.interaction.text()
    }

    /// The customer and the participants. `subject` is the CloudEvents attribute, which names the customer when
    /// the data names none.
    pub(super) fn who(
        &self,
        subject: Option<&str>,
        region: Option<Region>,
    ) -> Result<Who, Rejection> {
        let mut given = match &self.customer {
            Some(named) => named.identities("data.customer", region)?,
            None => subject
                .filter(|subject| subject.len() <= MAX_ADDRESS)
                .and_then(|subject| Identity::read(subject).ok())
                .into_iter()
                .collect(),
        }
        .into_iter();
        let customer = given.next();
        let mut participants: Vec<Identity> = given.collect();
        for (index, named) in self.participants.iter().take(MAX_NAMED).enumerate() {
            participants.extend(named.identities(&format!("data.participants[{index}]"), region)?);
        }
        let name = self
            .customer_name
            .as_deref()
            .or(self.customer.as_ref().and_then(Named::name))
            .filter(|name| !name.trim().is_empty());
        Ok(Who {
            customer,
            name: name.map(|name| Personal::new(cut(name, MAX_NAME))),
            participants,
        })
    }

    /// What is said of the customer beside that. Of the parts of an identity the sender does not say how it comes to
    /// name them together.
    pub(super) fn evidence(&self, region: Option<Region>) -> Evidence {
        let mut evidence = Evidence::default();
        let parts = self.customer.as_ref();
        let parts = parts.and_then(|named| named.identities("data.customer", region).ok());
        for identity in parts.unwrap_or_default() {
            evidence.claim(Basis::Typed, Some(identity));
        }
        for claimed in self.claims.iter().take(MAX_NAMED).flatten() {
            let named = claimed.identity.identities("data.claims", region);
            for identity in named.unwrap_or_default() {
                evidence.claim(claimed.basis, Some(identity));
            }
        }
        for (name, value) in self.traits.iter().take(MAX_TRAITS) {
            evidence.trait_named(name, Some(value));
        }
        evidence
    }

    /// How many claims cannot be read.
    pub(super) fn unread_claims(&self, region: Option<Region>) -> usize {
        let is_unread = |claimed: &&Option<Claimed>| {
            let named = claimed.as_ref().map(|claimed| &claimed.identity);
            named.is_none_or(|named| named.identities("data.claims", region).is_err())
        };
        self.claims.iter().take(MAX_NAMED).filter(is_unread).count()
    }

    /// The related interactions, by the rule that gives this sender's keys their ids.
    pub(super) fn related_in(
        &self,
        id_of: impl Fn(&str) -> Result<InteractionId, IdError>,
    ) -> Result<Vec<Related>, Rejection> {
        let related = self.related.iter().take(MAX_NAMED).enumerate();
        related
            .map(|(index, pointer)| {
                let interaction_id = id_of(&pointer.interaction.text()).map_err(|error| {
                    let field = format!("data.related[{index}].interaction");
                    Rejection::malformed(field, error.to_string())
                })?;
                Ok(Related {
                    relation: pointer.relation,
                    interaction_id,
                })
            })
            .collect()
    }
}

impl Key {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl JsonSchema for Key {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Key".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "minLength": 1 })
    }
}

impl Named {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Uri(_) => None,
            Self::Parts(parts) => parts.name.as_deref(),
        }
    }

    /// The identities that are given, none for a withheld number. The sender writes our own vocabulary, so an
    /// address that cannot be read is its error, unlike one in a provider's payload.
    fn identities(&self, at: &str, region: Option<Region>) -> Result<Vec<Identity>, Rejection> {
        let parts = match self {
            Self::Uri(uri) => return Ok(of_uri(uri, at)?.into_iter().collect()),
            Self::Parts(parts) => parts,
        };
        if parts.uri.is_none() && parts.phone.is_none() && parts.email.is_none() {
            return Err(Rejection::malformed(
                at.to_owned(),
                "has none of uri, phone and email",
            ));
        }
        let uri = match &parts.uri {
            Some(uri) => of_uri(uri, &format!("{at}.uri"))?,
            None => None,
        };
        let phone = match parts.phone.as_deref() {
            Some(phone) if phone.len() > MAX_ADDRESS => {
                return Err(Rejection::malformed(
                    format!("{at}.phone"),
                    "is longer than a telephone number can be",
                ));
            }
            Some(phone) => match Caller::read(phone, Plan::National(region)) {
                Ok(Caller::Number(number)) => Some(Identity::phone(&number, phone)),
                Ok(Caller::Withheld) => None,
                Err(error) => {
                    return Err(Rejection::malformed(
                        format!("{at}.phone"),
                        error.to_string(),
                    ));
                }
            },
            None => None,
        };
        let email =
            match parts.email.as_deref().filter(|email| !email.is_empty()) {
                Some(email) => Some(EmailAddress::read(email).map_err(|error| {
                    Rejection::malformed(format!("{at}.email"), error.to_string())
                })?),
                None => None,
            };
        let email = email.as_ref().map(Identity::email);
        Ok([uri, phone, email].into_iter().flatten().collect())
    }
}

/// The identity that a URI names; `None` for a word or number that stands for "withheld".
fn of_uri(uri: &str, at: &str) -> Result<Option<Identity>, Rejection> {
    let refused = |problem: String| Rejection::malformed(at.to_owned(), problem);
    if uri.len() > MAX_ADDRESS {
        return Err(refused(
            "is longer than an identity's URI can be".to_owned(),
        ));
    }
    if Caller::read(uri, Plan::International(None)) == Ok(Caller::Withheld) {
        return Ok(None);
    }
    match Identity::read(uri) {
        Ok(identity) => Ok(Some(identity)),
        Err(IdentityError::Withheld) => Ok(None),
        Err(error) => Err(refused(problem(&error))),
    }
}

/// What is wrong with an identity, from the cause nearest to it.
fn problem(error: &IdentityError) -> String {
    match error {
        IdentityError::Phone(cause) => cause.to_string(),
        IdentityError::Email(cause) => cause.to_string(),
        IdentityError::UnknownScheme
        | IdentityError::BadId
        | IdentityError::NoSystem
        | IdentityError::Withheld => error.to_string(),
    }
}

/// A field that is there although it is null, which systems send for a withheld number.
fn sent<'de, D: Deserializer<'de>>(field: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(field).map(|text| Some(text.unwrap_or_default()))
}

/// The items of a list, each read by itself. What is claimed beside an event must never keep it from being taken, so that
/// one that cannot be read is none, and so is all that is no list.
fn each_by_itself<'de, D: Deserializer<'de>>(field: D) -> Result<Vec<Option<Claimed>>, D::Error> {
    let read = Value::deserialize(field)?;
    let items = if let Value::Array(items) = read {
        items
    } else {
        vec![read]
    };
    let each = items.into_iter().take(MAX_NAMED);
    Ok(each.map(|item| Claimed::deserialize(item).ok()).collect())
}
