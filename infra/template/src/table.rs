//! The table, and the request that creates it.

use serde_json::{Value, json};

use crate::{
    error::TemplateError,
    fields::{CloudOnly, Fields},
    scope::Scope,
};

const CLOUD_ONLY: CloudOnly = &[
    (
        "DeletionProtectionEnabled",
        "a local table may be thrown away",
    ),
    (
        "PointInTimeRecoverySpecification",
        "nothing is backed up locally",
    ),
    ("SSESpecification", "nothing rests encrypted locally"),
];

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in the account.
    pub name: String,
    /// The attributes that keys are made of.
    pub attributes: Vec<Attribute>,
    /// Its key.
    pub key: Key,
    /// Its global secondary indexes.
    pub indexes: Vec<Index>,
    /// The attribute that holds the time at which an item goes.
    pub ttl_attribute: Option<String>,
}

/// An attribute that a key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// `S`, `N` or `B`.
    pub kind: String,
}

/// A key of a table or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The attribute that items are spread by.
    pub hash: String,
    /// The attribute that they are sorted by.
    pub range: Option<String>,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: Key,
    /// What it holds besides the keys.
    pub projection: Projection,
}

/// What an index holds besides the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// The whole items.
    All,
    /// Nothing.
    KeysOnly,
    /// These attributes.
    Include(Vec<String>),
}

impl Table {
    /// The body of the `CreateTable` request that makes this table.
    #[must_use]
    pub fn create_table_json(&self) -> Value {
        let attributes = self
            .attributes
            .iter()
            .map(|Attribute { name, kind }| json!({"AttributeName": name, "AttributeType": kind}));
        let indexes: Vec<_> = self.indexes.iter().map(Index::json).collect();
        let mut request = json!({
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": attributes.collect::<Vec<_>>(),
            "KeySchema": self.key.json(),
        });
        // DynamoDB refuses an empty list of indexes.
        if !indexes.is_empty() {
            request["GlobalSecondaryIndexes"] = Value::Array(indexes);
        }
        request
    }

    /// The body of the `UpdateTimeToLive` request that follows it, if items of
    /// this table expire.
    #[must_use]
    pub fn update_time_to_live_json(&self) -> Option<Value> {
        let attribute = self.ttl_attribute.as_ref()?;
        Some(json!({
            "TableName": self.name,
            "TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": true},
        }))
    }

    pub(crate) fn read(
        logical_id: &str,
        mut fields: Fields<'_>,
        scope: &Scope<'_>,
    ) -> Result<Self, TemplateError> {
        if fields.text("BillingMode")? != "PAY_PER_REQUEST" {
            return Err(fields.unexpected("BillingMode", "PAY_PER_REQUEST"));
        }
        let name = fields.optional_text("TableName")?;
        let table = Self {
            logical_id: logical_id.to_owned(),
            name: name.unwrap_or_else(|| scope.resolver.table_name(logical_id)),
            attributes: attributes(&mut fields)?,
            key: Key::read(&mut fields)?,
            indexes: fields
                .list("GlobalSecondaryIndexes")?
                .into_iter()
                .map(Index::read)
                .collect::<Result<_, _>>()?,
            ttl_attribute: ttl_attribute(&mut fields)?,
        };
        fields.finish(CLOUD_ONLY)?;
        Ok(table)
    }
}

impl Key {
    fn read(fields: &mut Fields<'_>) -> Result<Self, TemplateError> {
        let (mut hash, mut range) = (None, None);
        for mut element in fields.list("KeySchema")? {
            let attribute = element.text("AttributeName")?;
            match element.text("KeyType")?.as_str() {
                "HASH" => hash = Some(attribute),
                "RANGE" => range = Some(attribute),
                _ => return Err(element.unexpected("KeyType", "HASH or RANGE")),
            }
            element.finish(&[])?;
        }
        let hash = hash.ok_or_else(|| fields.missing("KeySchema"))?;
        Ok(Self { hash, range })
    }

    fn json(&self) -> Value {
        let mut schema = vec![json!({"AttributeName": self.hash, "KeyType": "HASH"})];
        if let Some(range) = &self.range {
            schema.push(json!({"AttributeName": range, "KeyType": "RANGE"}));
        }
        Value::Array(schema)
    }
}

impl Index {
    fn read(mut fields: Fields<'_>) -> Result<Self, TemplateError> {
        let name = fields.text("IndexName")?;
        let key = Key::read(&mut fields)?;
        let mut held = fields
            .nested("Projection")?
            .ok_or_else(|| fields.missing("Projection"))?;
        let projection = match held.text("ProjectionType")?.as_str() {
            "ALL" => Projection::All,
            "KEYS_ONLY" => Projection::KeysOnly,
            "INCLUDE" => Projection::Include(held.texts("NonKeyAttributes")?),
            _ => return Err(held.unexpected("ProjectionType", "ALL, KEYS_ONLY or INCLUDE")),
        };
        held.finish(&[])?;
        fields.finish(&[])?;
        Ok(Self {
            name,
            key,
            projection,
        })
    }

    fn json(&self) -> Value {
        let projection = match &self.projection {
            Projection::All => json!({"ProjectionType": "ALL"}),
            Projection::KeysOnly => json!({"ProjectionType": "KEYS_ONLY"}),
            Projection::Include(attributes) => {
                json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": attributes})
            }
        };
        json!({
            "IndexName": self.name,
            "KeySchema": self.key.json(),
            "Projection": projection,
        })
    }
}

fn attributes(fields: &mut Fields<'_>) -> Result<Vec<Attribute>, TemplateError> {
    let mut attributes = Vec::new();
    for mut element in fields.list("AttributeDefinitions")? {
        attributes.push(Attribute {
            name: element.text("AttributeName")?,
            kind: element.text("AttributeType")?,
        });
        element.finish(&[])?;
    }
    Ok(attributes)
}

fn ttl_attribute(fields: &mut Fields<'_>) -> Result<Option<String>, TemplateError> {
    let Some(mut specification) = fields.nested("TimeToLiveSpecification")? else {
        return Ok(None);
    };
    let attribute = specification.text("AttributeName")?;
    let enabled = specification.optional_flag("Enabled")?.unwrap_or(false);
    specification.finish(&[])?;
    Ok(enabled.then_some(attribute))
}
