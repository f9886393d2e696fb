//! The template's table is the one that the store's code writes and reads.

use sam_template::{Key, Projection};
use store::schema;
use tests::table;

#[test]
fn the_template_and_the_code_name_the_same_keys_index_and_expiry() {
    let table = table::stack("timeline").table;
    let key = |hash: &str, range: &str| Key {
        hash: hash.to_owned(),
        range: Some(range.to_owned()),
    };
    assert_eq!(table.key, key(schema::PK, schema::SK));
    let [index] = &table.indexes[..] else {
        panic!("the table has one index");
    };
    assert_eq!(index.name, schema::BY_IDENTITY);
    assert_eq!(index.key, key(schema::IK, schema::AT));
    // The summary alone makes a timeline: a read of the index never needs the item.
    let held = [schema::REV, schema::SUMMARY, schema::VERSION].map(str::to_owned);
    assert_eq!(index.projection, Projection::Include(held.to_vec()));
    assert_eq!(table.ttl_attribute.as_deref(), Some(schema::EXPIRES_AT));
    let mut attributes: Vec<_> = table
        .attributes
        .iter()
        .map(|attribute| (attribute.name.as_str(), attribute.kind.as_str()))
        .collect();
    attributes.sort_unstable();
    let mut keys = [schema::PK, schema::SK, schema::IK, schema::AT].map(|name| (name, "S"));
    keys.sort_unstable();
    assert_eq!(attributes, keys);
}
