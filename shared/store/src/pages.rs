//! Queries that are read to their limit: a page may end before it, at a megabyte.

use tokio::time::Instant;

use crate::error::StoreError;
use crate::item::Item;
use crate::retry;

/// Most pages of one list: a hundred megabytes.
pub(crate) const MAX_PAGES: usize = 100;

/// Items, and the key of the last one where the list goes on.
pub(crate) type Page = (Vec<Item>, Option<Item>);

/// Up to `limit` items of a query, which is asked with how many are wanted and where it goes on.
///
/// # Errors
/// When the table cannot be read in time.
pub(crate) async fn up_to<F: Future<Output = Result<Page, StoreError>>>(
    limit: usize,
    until: Instant,
    query: impl Fn(usize, Option<Item>) -> F,
) -> Result<Page, StoreError> {
    let (mut items, mut start): Page = (Vec::new(), None);
    for _ in 0..MAX_PAGES {
        let wanted = limit.saturating_sub(items.len());
        let (page, next) = retry::repeat(until, || query(wanted, start.clone())).await?;
        items.extend(page);
        start = next;
        if start.is_none() || items.len() >= limit {
            break;
        }
    }
    Ok((items, start))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use super::*;
    use crate::item;

    /// A list of so many items in pages of so many, and what was asked of it.
    async fn read(all: usize, page: usize, limit: usize) -> (usize, bool, Vec<usize>) {
        let asked = RefCell::new(Vec::new());
        let until = Instant::now() + Duration::from_secs(60);
        let (items, next) = up_to(limit, until, async |wanted, start: Option<Item>| {
            asked.borrow_mut().push(wanted);
            let from = start.map_or(0, |start| start.len());
            let to = all.min(from + page.min(wanted));
            let key = (0..to).map(|place| (place.to_string(), item::number(1)));
            let next = (to < all).then(|| key.collect());
            Ok((vec![Item::new(); to - from], next))
        })
        .await
        .unwrap();
        (items.len(), next.is_some(), asked.into_inner())
    }

    #[tokio::test]
    async fn a_page_that_ends_early_is_no_end_of_the_list() {
        assert_eq!(read(7, 3, 100).await, (7, false, vec![100, 97, 94]));
        assert_eq!(read(7, 3, 5).await, (5, true, vec![5, 2]));
        assert_eq!(read(7, 100, 100).await, (7, false, vec![100]));
        assert_eq!(read(0, 3, 100).await, (0, false, vec![100]));
    }

    #[tokio::test]
    async fn a_list_without_end_is_left() {
        let (items, goes_on, asked) = read(1_000, 1, 1_000).await;
        assert_eq!((items, goes_on, asked.len()), (MAX_PAGES, true, MAX_PAGES));
    }
}
