//! How often a visitor, and an address, may send: token buckets in bounded memory.
//!
//! Each instance of the function has its own, so that this holds back one that runs wild and is no account of all.
//! API Gateway's throttling of the route holds for all instances together.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// Most visitors and addresses that are remembered; the one that was heard of longest ago makes room.
pub const MAX_BUCKETS: usize = 10_000;

/// How much is let through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// Requests at once, from a full bucket.
    pub(crate) burst: u32,
    /// Requests for each second from then on.
    pub(crate) per_second: u32,
}

/// One visitor: a batch every five seconds is the script's own pace.
pub(crate) const PER_VISITOR: Rate = Rate {
    burst: 20,
    per_second: 1,
};
/// One address: an office of many visitors may be behind it.
pub(crate) const PER_ADDRESS: Rate = Rate {
    burst: 200,
    per_second: 20,
};

/// Thousandths of a request, so that no bucket leaks by rounding.
const MILLI: u64 = 1000;

/// Whose bucket it is. An address is kept in memory only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    Visitor(String),
    Address(String),
}

impl Whose {
    /// The address that requests come from. Of IPv6, one customer of a provider has at least 64 bits.
    pub(crate) fn address(text: &str) -> Self {
        Self::Address(match text.parse() {
            Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}")
            }
            Ok(IpAddr::V4(_) | IpAddr::V6(_)) | Err(_) => timeline::cut(text, 64).to_owned(),
        })
    }

    fn rate(&self) -> Rate {
        match self {
            Self::Visitor(_) => PER_VISITOR,
            Self::Address(_) => PER_ADDRESS,
        }
    }
}

struct Bucket {
    /// What is in it, in thousandths of a request.
    level: u64,
    at_ms: i64,
    /// Its place in the order of use.
    used: u64,
}

/// The buckets, and the order in which they were used.
#[derive(Default)]
pub(crate) struct Buckets {
    buckets: HashMap<Whose, Bucket>,
    order: BTreeMap<u64, Whose>,
    uses: u64,
}

impl Buckets {
    /// Takes one request out of the bucket.
    ///
    /// # Errors
    /// After how many seconds there is one, when there is none.
    pub(crate) fn take(&mut self, whose: &Whose, now_ms: i64) -> Result<(), u64> {
        let rate = whose.rate();
        let full = u64::from(rate.burst) * MILLI;
        self.uses += 1;
        let bucket = self.buckets.entry(whose.clone()).or_insert(Bucket {
            level: full,
            at_ms: now_ms,
            used: 0,
        });
        self.order.remove(&bucket.used);
        bucket.used = self.uses;
        // A clock that is set back fills nothing. A thousandth flows in each millisecond, times the rate.
        let passed = u64::try_from(now_ms.saturating_sub(bucket.at_ms)).unwrap_or(0);
        let inflow = passed.saturating_mul(u64::from(rate.per_second));
        bucket.level = bucket.level.saturating_add(inflow).min(full);
        bucket.at_ms = now_ms;
        let taken = if bucket.level >= MILLI {
            bucket.level -= MILLI;
            Ok(())
        } else {
            let lacking = MILLI - bucket.level;
            Err(lacking.div_ceil(MILLI * u64::from(rate.per_second.max(1))))
        };
        self.order.insert(self.uses, whose.clone());
        if self.buckets.len() > MAX_BUCKETS
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.buckets.remove(&oldest);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(name: &str) -> Whose {
        Whose::Visitor(name.to_owned())
    }

    #[test]
    fn a_bucket_empties_and_fills_at_its_rate() {
        let mut buckets = Buckets::default();
        for _ in 0..PER_VISITOR.burst {
            assert_eq!(buckets.take(&visitor("a"), 0), Ok(()));
        }
        assert_eq!(buckets.take(&visitor("a"), 0), Err(1));
        assert_eq!(buckets.take(&visitor("b"), 0), Ok(()), "each has its own");
        assert_eq!(buckets.take(&visitor("a"), 999), Err(1));
        assert_eq!(buckets.take(&visitor("a"), 1000), Ok(()));
        assert_eq!(buckets.take(&visitor("a"), 1000), Err(1));
        for _ in 0..PER_VISITOR.burst {
            assert_eq!(buckets.take(&visitor("a"), 10_000_000), Ok(()));
        }
        assert!(buckets.take(&visitor("a"), 10_000_000).is_err());
    }

    #[test]
    fn extremes_of_the_clock_neither_overflow_nor_fill() {
        let mut buckets = Buckets::default();
        for now in [i64::MAX, i64::MIN, 0, i64::MAX, i64::MIN] {
            let _ = buckets.take(&visitor("a"), now);
        }
        let mut buckets = Buckets::default();
        for _ in 0..PER_VISITOR.burst {
            assert_eq!(buckets.take(&visitor("a"), 5000), Ok(()));
        }
        assert!(buckets.take(&visitor("a"), 0).is_err());
    }

    #[test]
    fn memory_is_bounded_and_the_longest_unheard_of_goes() {
        let mut buckets = Buckets::default();
        for number in 0..MAX_BUCKETS {
            assert_eq!(buckets.take(&visitor(&number.to_string()), 0), Ok(()));
        }
        assert_eq!(buckets.take(&visitor("0"), 0), Ok(()));
        assert_eq!(buckets.take(&visitor("one more"), 0), Ok(()));
        assert_eq!(buckets.buckets.len(), MAX_BUCKETS);
        assert_eq!(buckets.order.len(), MAX_BUCKETS);
        assert!(buckets.buckets.contains_key(&visitor("0")));
        assert!(!buckets.buckets.contains_key(&visitor("1")));
    }

    #[test]
    fn the_addresses_of_one_network_share_a_bucket() {
        let of = Whose::address;
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::2"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_ne!(of("::ffff:192.0.2.1"), of("::ffff:192.0.2.2"));
    }
}
