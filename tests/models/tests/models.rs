//! Each model holds in all its states, on all its occasions; each of its runs ends well; each planted fault is found.

use std::collections::BTreeSet;

use models::append::Append;
use models::links::Links;
use models::notes::Notes;
use models::queue::Queue;
use models::{Ends, Protocol, caught, check, ends};
use stateright::Expectation;

fn holds<P: Protocol>() {
    let checked = check(P::small());
    eprintln!("{}: {checked:?}", P::NAME);
    if let Some((name, way)) = checked.broken.first() {
        panic!("{}: “{name}” is broken:\n  {way}", P::NAME);
    }
    assert!(
        checked.unreached.is_empty(),
        "{}: never reached: {:?}",
        P::NAME,
        checked.unreached
    );
}

fn settles<P: Protocol>() {
    let ends = ends(&P::small());
    assert!(
        matches!(ends, Ends::Settled(count) if count > 0),
        "{}: {ends:?}",
        P::NAME
    );
}

fn finds_faults<P: Protocol>() {
    for wrong in P::WRONG {
        let found = caught::<P>(wrong);
        eprintln!("{}: {wrong:?}: {found:?}", P::NAME);
        assert!(found.is_some(), "{}: nothing finds {wrong:?}", P::NAME);
    }
}

/// Nothing holds for want of an occasion, and no occasion is looked for in vain.
fn is_paired<P: Protocol>() {
    let names = |wanted: Expectation| -> BTreeSet<&str> {
        let properties = P::small().properties().into_iter();
        properties
            .filter(|property| property.expectation == wanted)
            .map(|property| property.name)
            .collect()
    };
    let always: BTreeSet<&str> = P::PAIRS.iter().map(|pair| pair.always).collect();
    assert_eq!(
        always,
        names(Expectation::Always),
        "{}: what holds always",
        P::NAME
    );
    let occasions = P::PAIRS.iter().flat_map(|pair| pair.sometimes).copied();
    assert_eq!(
        occasions.collect::<BTreeSet<_>>(),
        names(Expectation::Sometimes),
        "{}: occasions",
        P::NAME
    );
    for pair in P::PAIRS {
        assert!(
            !pair.sometimes.is_empty(),
            "{}: “{}” has no occasion",
            P::NAME,
            pair.always
        );
    }
}

macro_rules! model {
    ($name:ident, $protocol:ty) => {
        mod $name {
            use super::*;

            #[test]
            fn holds_in_all_states() {
                holds::<$protocol>();
            }

            #[test]
            fn settles_in_all_runs() {
                settles::<$protocol>();
            }

            #[test]
            fn finds_each_planted_fault() {
                finds_faults::<$protocol>();
            }

            #[test]
            fn has_an_occasion_for_each_property() {
                is_paired::<$protocol>();
            }
        }
    };
}

model!(append, Append);
model!(notes, Notes);
model!(links, Links);
model!(queue, Queue);
