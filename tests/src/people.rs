//! What is known of people beyond their interactions, written into a table as it stands there.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use store::schema;
use timeline::{
    Actor, Basis, ClaimRecord, Decided, Decision, EventId, Evidence, Identity, LinkId, Marked,
    Origin, Rank, Standing, Summary, Trait, TraitName, Traits,
};

use crate::story::{at, interaction, source};

/// Writes what is known into one table.
pub struct People<'a> {
    /// The table's client.
    pub client: &'a Client,
    /// The table's name.
    pub table: &'a str,
}

impl People<'_> {
    /// Links identities, the first to each of the others, or none of them where there is only one.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn link(&self, identities: &[Identity]) {
        let standing = linked(identities);
        for identity in identities {
            self.standing(identity, &standing).await;
        }
    }

    /// Marks an identity as one that several customers use.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn share(&self, identity: &Identity) {
        let shared = Standing {
            shared: Some(Marked {
                by: agent(),
                at: at(0),
            }),
            ..Standing::default()
        };
        self.standing(identity, &shared).await;
    }

    /// Writes what an identity is known as.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn standing(&self, identity: &Identity, standing: &Standing) {
        self.put(identity, schema::IDENTITY_SK, &json!(standing))
            .await;
    }

    /// Gives an identity a name that a person wrote.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn name(&self, identity: &Identity, name: &str) {
        let mut traits = Traits::default();
        traits.add(
            TraitName::name(),
            Trait {
                value: Some(name.into()),
                rank: Rank::Human,
                at: at(0),
                origin: Origin::Actor { by: agent() },
            },
        );
        self.put(identity, schema::TRAITS_SK, &json!(traits)).await;
    }

    /// Writes a claim under both identities: `claimed` is said to be the customer's, too.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn claim(
        &self,
        customer: &Identity,
        claimed: &Identity,
        basis: Basis,
        decided: Option<Decision>,
    ) {
        for (own, other, is_claimed) in [(customer, claimed, false), (claimed, customer, true)] {
            let mut record = ClaimRecord::new(own.uri.clone(), other.uri.clone(), is_claimed);
            record.add(evidence(basis));
            record.decided = decided.map(|decision| Decided {
                decision,
                by: agent(),
                at: at(60),
            });
            let sk = schema::claim_sk(&other.uri);
            self.put(own, &sk, &json!(record)).await;
        }
    }

    /// Pins an interaction's summary under an identity.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn pin(&self, identity: &Identity, summary: &Summary) {
        let text = serde_json::to_string(summary).expect("a summary serializes");
        let item = HashMap::from([
            (schema::SUMMARY.to_owned(), AttributeValue::S(text)),
            (
                schema::VERSION.to_owned(),
                AttributeValue::N(schema::SHAPE.to_string()),
            ),
        ]);
        self.write(identity, &schema::pinned_sk(&summary.id), item)
            .await;
    }

    /// Writes something as an identity's standing that no store reads.
    ///
    /// # Panics
    /// When the table does not take it.
    pub async fn spoil(&self, identity: &Identity) {
        self.put(identity, schema::IDENTITY_SK, &json!("nonsense"))
            .await;
    }

    async fn put(&self, identity: &Identity, sk: &str, content: &Value) {
        let text = content.to_string();
        let number = |number: u32| AttributeValue::N(number.to_string());
        let item = HashMap::from([
            (schema::CONTENT.to_owned(), AttributeValue::S(text)),
            (schema::REV.to_owned(), number(1)),
            (schema::VERSION.to_owned(), number(schema::SHAPE)),
        ]);
        self.write(identity, sk, item).await;
    }

    async fn write(
        &self,
        identity: &Identity,
        sk: &str,
        mut item: HashMap<String, AttributeValue>,
    ) {
        let keys = [
            (schema::PK, schema::identity_pk(&identity.uri)),
            (schema::SK, sk.to_owned()),
        ];
        item.extend(keys.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))));
        let put = self.client.put_item().table_name(self.table);
        let put = put.set_item(Some(item)).send().await;
        put.expect("the table takes it");
    }
}

/// The standing of each of these identities when the first is linked to all others.
///
/// # Panics
/// Never: the links are well-formed.
#[must_use]
pub fn linked(identities: &[Identity]) -> Standing {
    let mut links = BTreeMap::<String, Value>::new();
    if let Some((root, others)) = identities.split_first() {
        for other in others {
            let key = format!("{}{}", root.uri.expose(), other.uri.expose());
            let id = LinkId::of_act(&key, "the tests");
            let link = json!({
                "id": id, "from": root.uri, "to": other.uri, "at": at(0), "by": agent(), "reason": "agent"
            });
            links.insert(id.as_str().to_owned(), link);
        }
    }
    serde_json::from_value(json!({ "links": links })).expect("they are links")
}

fn evidence(basis: Basis) -> Evidence {
    Evidence {
        basis,
        trusted: false,
        source: source(),
        interaction_id: interaction("said"),
        event_id: EventId::new("said").expect("the name is not empty"),
        at: at(0),
        last_at: at(0),
    }
}

fn agent() -> Actor {
    Actor::agent("agent-7")
}
