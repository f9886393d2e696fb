//! Parts of timelines, exact to the instant, so that the timelines of several identities can be laid into one another.
//!
//! The order is that of the customer's timeline: by start, the newest first, and by id among those of one instant. The
//! index keeps no order within an instant, so a slice never ends inside one of which only a part was read.

use std::cmp::Ordering;
use std::collections::HashSet;

use timeline::{IdentityUri, Summary, Timestamp};
use tokio::time::Instant;

use crate::cursor::Place;
use crate::error::{self, StoreError};
use crate::item::{self, Item};
use crate::pages::MAX_PAGES;
use crate::{Store, retry, schema};

/// How many more are read at once where very many interactions began in one instant.
const MORE_OF_AN_INSTANT: usize = 100;

/// Where in a timeline something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    /// When it began, as the index writes it: of fixed width.
    pub(crate) at: String,
    /// The partition of the interaction.
    pub(crate) pk: String,
}

/// An interaction in the index, and what is shown of it where that can be read.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) spot: Spot,
    pub(crate) summary: Result<Summary, StoreError>,
}

/// A part of a timeline without gaps, and whether it goes on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slice {
    pub(crate) rows: Vec<Row>,
    pub(crate) more: bool,
}

impl Ord for Spot {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at).then_with(|| self.pk.cmp(&other.pk))
    }
}

impl PartialOrd for Spot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Spot {
    /// The spot as a cursor's place in a list of that name.
    pub(crate) fn place(self, of: &str) -> Place {
        Place {
            of: of.to_owned(),
            pk: self.pk,
            sk: schema::INTERACTION_SK.to_owned(),
            at: Some(self.at),
        }
    }

    /// `None` for the place of a list that is not ordered by time.
    pub(crate) fn of_place(place: Place) -> Option<Self> {
        Some(Self {
            at: place.at?,
            pk: place.pk,
        })
    }
}

impl Slice {
    /// Lays the slices of several timelines into one another: the first `limit` of all of them together. A timeline of
    /// which there is more may have something just behind what was read of it, so nothing behind that is taken.
    pub(crate) fn merged(slices: Vec<Self>, limit: usize) -> Self {
        let ends = slices.iter().filter(|slice| slice.more);
        let end = ends
            .filter_map(|slice| slice.rows.last().map(|row| row.spot.clone()))
            .min();
        let mut more = end.is_some();
        let mut rows: Vec<Row> = slices.into_iter().flat_map(|slice| slice.rows).collect();
        rows.sort_by(|a, b| a.spot.cmp(&b.spot));
        // While an interaction moves from one identity to another, the index may show it under both.
        let mut seen = HashSet::new();
        rows.retain(|row| seen.insert(row.spot.pk.clone()));
        if let Some(end) = end {
            rows.retain(|row| row.spot <= end);
        }
        more |= rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }

    /// What can be read of it, and how much cannot. One that cannot be read hides no other.
    pub(crate) fn into_summaries(self) -> (Vec<Summary>, usize) {
        let all = self.rows.len();
        let (mut summaries, mut first_error) = (Vec::with_capacity(all), None);
        for row in self.rows {
            match row.summary {
                Ok(summary) => summaries.push(summary),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let unreadable = all - summaries.len();
        if let Some(error) = first_error {
            tracing::error!(error.code = %error, unreadable, "a page leaves out what cannot be read");
        }
        (summaries, unreadable)
    }

    /// Where it goes on.
    pub(crate) fn next(&self) -> Option<Spot> {
        let last = self.rows.last().filter(|_| self.more);
        last.map(|row| row.spot.clone())
    }
}

impl Store {
    /// At most `limit` interactions of one identity behind a spot, and at least one where there is one. It is one query
    /// unless a page of the table, which ends at 1 MB, holds fewer, or all of them began in one instant.
    pub(crate) async fn slice(
        &self,
        identity: &IdentityUri,
        limit: usize,
        after: Option<&Spot>,
        until: Instant,
    ) -> Result<Slice, StoreError> {
        let (mut rows, mut start): (Vec<Row>, _) = (Vec::new(), None);
        let mut wanted = limit + 1;
        for _ in 0..MAX_PAGES {
            let (items, next) = retry::repeat(until, || {
                self.query_index(identity, wanted, after, start.clone())
            })
            .await?;
            for item in &items {
                let row = row(item)?;
                if after.is_none_or(|after| &row.spot > after) {
                    rows.push(row);
                }
            }
            start = next;
            let last = rows.last().map(|row| &row.spot.at);
            let whole_instants = rows.iter().filter(|row| Some(&row.spot.at) != last);
            let enough = whole_instants.count() >= least_of(limit);
            if start.is_none() || (rows.len() > limit && enough) {
                return Ok(ended(rows, limit, start.is_none()));
            }
            wanted = (limit + 1).saturating_sub(rows.len()).max(1);
            if items.len() >= limit {
                wanted = wanted.max(MORE_OF_AN_INSTANT);
            }
        }
        Err(StoreError::Refused {
            code: "TooManyAtOneInstant".to_owned(),
        })
    }

    /// When the first interaction of an identity began; `None` where there is none.
    pub(crate) async fn oldest(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Option<Timestamp>, StoreError> {
        let items = retry::repeat(until, || async {
            let request = self.index_of(identity).scan_index_forward(true).limit(1);
            let request = request
                .projection_expression("#at")
                .expression_attribute_names("#at", schema::AT);
            let answer = request.send().await;
            let answer = answer.map_err(|failure| error::sort(&failure))?;
            Ok(answer.items.unwrap_or_default())
        })
        .await?;
        let at = items.first().map(|item| {
            let at = item::read_text(item, schema::AT, "interaction")?;
            let at = at.parse::<Timestamp>();
            at.map_err(|error| StoreError::unreadable("interaction", &error))
        });
        at.transpose()
    }

    async fn query_index(
        &self,
        identity: &IdentityUri,
        limit: usize,
        after: Option<&Spot>,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let request = self
            .index_of(identity)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let request = match after {
            None => request,
            Some(spot) => request
                .key_condition_expression("#ik = :ik AND #at <= :at")
                .expression_attribute_names("#at", schema::AT)
                .expression_attribute_values(":at", item::text(&spot.at)),
        };
        let answer = request
            .send()
            .await
            .map_err(|failure| error::sort(&failure))?;
        Ok((
            answer.items.unwrap_or_default(),
            answer.last_evaluated_key.filter(|key| !key.is_empty()),
        ))
    }

    fn index_of(
        &self,
        identity: &IdentityUri,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name(schema::BY_IDENTITY)
            .key_condition_expression("#ik = :ik")
            .expression_attribute_names("#ik", schema::IK)
            .expression_attribute_values(":ik", item::text(identity.expose()))
    }
}

/// How many rows a page has at least, where there are so many: less than it could, since it does not end within an
/// instant, and one query shall do for most.
fn least_of(limit: usize) -> usize {
    limit.div_ceil(2)
}

/// The first `limit` rows of what was read; of a read that broke off, without the last instant, which may go on.
fn ended(mut rows: Vec<Row>, limit: usize, whole: bool) -> Slice {
    if !whole {
        let last = rows.last().map(|row| row.spot.at.clone());
        rows.retain(|row| Some(&row.spot.at) != last.as_ref());
    }
    rows.sort_by(|a, b| a.spot.cmp(&b.spot));
    let more = !whole || rows.len() > limit;
    rows.truncate(limit);
    Slice { rows, more }
}

fn row(item: &Item) -> Result<Row, StoreError> {
    let text = |name| item::read_text(item, name, "interaction").map(str::to_owned);
    Ok(Row {
        spot: Spot {
            at: text(schema::AT)?,
            pk: text(schema::PK)?,
        },
        summary: item::read_summary(item),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows by when they began and what they are, which nobody can read.
    fn rows(of: &[(&str, &str)]) -> Vec<Row> {
        let rows = of.iter().map(|(at, pk)| Row {
            spot: Spot {
                at: (*at).to_owned(),
                pk: (*pk).to_owned(),
            },
            summary: Err(StoreError::contended()),
        });
        rows.collect()
    }

    fn shown(slice: &Slice) -> (String, bool) {
        let rows = slice.rows.iter().map(|row| row.spot.pk.as_str());
        (rows.collect(), slice.more)
    }

    #[test]
    fn slices_are_laid_into_one_another_as_far_as_all_of_them_are_known() {
        let merged = |a: &[(&str, &str)], b: &[(&str, &str)], more: bool, limit: usize| {
            let (whole, other) = (rows(a), rows(b));
            let slices = vec![
                Slice {
                    rows: whole,
                    more: false,
                },
                Slice { rows: other, more },
            ];
            shown(&Slice::merged(slices, limit))
        };
        let (old, new) = ([("3", "a"), ("1", "b")], [("2", "d"), ("2", "e")]);
        assert_eq!(merged(&old, &new, false, 4), ("adeb".to_owned(), false));
        assert_eq!(merged(&old, &new, false, 3), ("ade".to_owned(), true));
        assert_eq!(merged(&old, &new, true, 4), ("ade".to_owned(), true));
        assert_eq!(merged(&old, &old, false, 4), ("ab".to_owned(), false));
    }

    #[test]
    fn a_page_has_at_least_half_of_what_was_asked_for() {
        assert_eq!([1, 2, 7, 100].map(least_of), [1, 1, 4, 50]);
    }

    #[test]
    fn a_read_that_broke_off_ends_before_its_last_instant() {
        let read = [("3", "b"), ("3", "a"), ("2", "c"), ("2", "d")];
        let ended = |limit, whole| shown(&ended(rows(&read), limit, whole));
        assert_eq!(ended(4, true), ("abcd".to_owned(), false));
        assert_eq!(ended(3, true), ("abc".to_owned(), true));
        assert_eq!(ended(4, false), ("ab".to_owned(), true));
        assert_eq!(ended(1, false), ("a".to_owned(), true));
    }
}
