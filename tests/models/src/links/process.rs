//! One who links, unlinks or notes a claim: what was read, and what is written of it.

use super::table::{Claim, ClaimWrite, Effect, Standing, Table, Transaction, named_by, part_of};
use super::{AC, Ask, IDENTITIES, LINKS, Links, Variant};
use crate::bits;

/// What a process reads or writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Nobody has asked yet, or not again.
    #[default]
    Waiting,
    /// A claim: what is kept of both, and the note.
    Noting,
    /// A claim: that there was nothing to link.
    Settling,
    /// A link: both ends.
    Looking,
    /// A link: all others, and the link itself.
    LookingFurther,
    /// An unlink: whether the link is there.
    Finding,
    /// An unlink: all others, and the end of the link.
    Separating,
    Done,
}

/// A process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Process {
    pub(super) stage: Stage,
    /// Items that it has to read: standings first, then claims.
    pub(super) want: u8,
    pub(super) standings: [Option<Standing>; IDENTITIES],
    pub(super) claims: [Option<Claim>; LINKS.len()],
    /// The standing from which an unlink takes the set of links.
    before: Option<Standing>,
    pub(super) transaction: Option<Transaction>,
    /// Whether it came second and decided again.
    pub(super) again: bool,
    /// What it was told: that its link is made, or ended.
    pub(super) told: bool,
}

const fn standing(identity: usize) -> u8 {
    1 << identity
}

const fn claim(pair: usize) -> u8 {
    1 << (IDENTITIES + pair)
}

impl Process {
    /// Reads one item, as it is at this moment.
    pub(super) fn read(&mut self, table: &Table, item: u8) {
        let place = usize::from(item);
        self.want &= !(1 << item);
        if place < IDENTITIES {
            self.standings[place] = Some(table.standings[place]);
        } else {
            self.claims[place - IDENTITIES] = Some(table.claims[place - IDENTITIES]);
        }
    }

    fn links_of(&self, identity: usize) -> u8 {
        self.standing(identity).links
    }

    fn standing(&self, identity: usize) -> Standing {
        self.standings[identity].unwrap_or_default()
    }

    fn claim(&self, pair: usize) -> Claim {
        self.claims[pair].unwrap_or_default()
    }

    /// Forgets what it read and reads anew.
    fn start(&mut self, stage: Stage, want: u8) {
        let again = self.again;
        *self = Self {
            stage,
            want,
            again,
            ..Self::default()
        };
    }

    /// It is over; what it was told stays.
    fn finish(&mut self, told: bool) {
        self.start(Stage::Done, 0);
        self.told = told;
    }
}

impl Links {
    pub(super) fn begin(&self, process: &mut Process, ask: Ask) {
        match ask {
            Ask::Link(link) => look(process, link),
            Ask::Unlink(link) => process.start(Stage::Finding, standing(LINKS[link].0)),
            Ask::Claim(link) => {
                let (a, b) = LINKS[link];
                process.start(Stage::Noting, standing(a) | standing(b) | claim(link));
            }
        }
    }

    /// All that was wanted is read.
    pub(super) fn proceed(&self, process: &mut Process, ask: Ask) {
        let (Ask::Link(link) | Ask::Unlink(link) | Ask::Claim(link)) = ask;
        let kept = process.claim(link);
        match process.stage {
            Stage::Waiting | Stage::Done => {}
            Stage::Noting if kept.noted => self.follow_policy(process, link),
            Stage::Noting => {
                let noted = Claim {
                    noted: true,
                    ..kept
                };
                process.transaction = Some(note(link, noted));
            }
            Stage::Settling if kept.linked_once => process.finish(false),
            Stage::Settling => {
                let settled = Claim {
                    linked_once: true,
                    ..kept
                };
                process.transaction = Some(note(link, settled));
            }
            Stage::Looking => self.decide(process, link),
            Stage::LookingFurther => self.link(process, link),
            Stage::Finding => {
                let before = process.standing(LINKS[link].0);
                if before.links & (1 << link) == 0 {
                    process.finish(false);
                } else {
                    process.before = Some(before);
                    process.stage = Stage::Separating;
                    process.want = named_by(LINKS[link].0, before.links) | claim(link);
                }
            }
            Stage::Separating => self.unlink(process, link),
        }
    }

    /// Its transaction is written, or something is no longer as it was read.
    pub(super) fn heard(&self, process: &mut Process, ask: Ask, written: bool) {
        let (Ask::Link(link) | Ask::Unlink(link) | Ask::Claim(link)) = ask;
        process.transaction = None;
        process.again |= !written;
        match process.stage {
            Stage::Waiting | Stage::Done => {}
            Stage::Noting if written => self.follow_policy(process, link),
            Stage::Noting | Stage::Finding | Stage::Separating if !written => {
                self.begin(process, ask);
            }
            Stage::Settling if !written => process.start(Stage::Settling, claim(link)),
            Stage::Looking | Stage::LookingFurther if !written => look(process, link),
            Stage::Settling => process.finish(false),
            Stage::Noting
            | Stage::Looking
            | Stage::LookingFurther
            | Stage::Finding
            | Stage::Separating => process.finish(true),
        }
    }

    fn follow_policy(&self, process: &mut Process, link: usize) {
        let (a, b) = LINKS[link];
        if process.claim(link).linked_once && self.variant != Variant::ClaimsAgain {
            process.finish(false);
        } else if named_by(a, process.links_of(a)) & standing(b) != 0 {
            process.start(Stage::Settling, claim(link));
        } else {
            look(process, link);
        }
    }

    /// Whether the link is there already, or was before.
    fn decide(&self, process: &mut Process, link: usize) {
        let (from, to) = LINKS[link];
        let (own, other) = (process.links_of(from), process.links_of(to));
        let kept = process.claim(link);
        let by_policy = link == AC;
        let was_ended = !by_policy && kept.ended & (1 << link) != 0;
        let linked_once = by_policy && kept.linked_once;
        if (own | other) & (1 << link) != 0 {
            process.finish(true);
        } else if was_ended && self.variant != Variant::MadeAgain
            || linked_once && self.variant != Variant::ClaimsAgain
        {
            process.finish(false);
        } else {
            let (ours, theirs) = (named_by(from, own), named_by(to, other));
            let ends = standing(from) | standing(to);
            process.want = (ours | theirs) & !ends;
            if by_policy && self.variant != Variant::IgnoresParts {
                let others = theirs & !ours;
                let is_between = |pair: &usize| {
                    let (a, b) = LINKS[*pair];
                    ours & standing(a) != 0 && others & standing(b) != 0
                        || ours & standing(b) != 0 && others & standing(a) != 0
                };
                let between = (0..LINKS.len()).filter(is_between);
                process.want |= between
                    .filter(|pair| *pair != link)
                    .fold(0, |all, pair| all | claim(pair));
            }
            process.stage = Stage::LookingFurther;
            if process.want == 0 {
                self.link(process, link);
            }
        }
    }

    /// Writes the joined links under all who become one.
    fn link(&self, process: &mut Process, link: usize) {
        let (from, to) = LINKS[link];
        let by_policy = link == AC;
        let elsewhere = |(pair, kept): (usize, &Option<Claim>)| {
            pair != link && kept.is_some_and(|kept| kept.linked_once)
        };
        if by_policy && process.claims.iter().enumerate().any(elsewhere) {
            return process.finish(false);
        }
        let joined = process.links_of(from) | process.links_of(to) | 1 << link;
        let members = if self.variant == Variant::OneSide {
            standing(from)
        } else if self.variant == Variant::OnlyEnds {
            standing(from) | standing(to)
        } else {
            named_by(from, joined)
        };
        let mut standings = [None; IDENTITIES];
        for identity in bits(members) {
            standings[identity] = Some((process.standing(identity).rev, joined));
        }
        let kept = process.claim(link);
        let linked = Claim {
            linked_once: true,
            ..kept
        };
        process.transaction = Some(Transaction {
            standings,
            claim: Some(ClaimWrite {
                pair: link,
                over: kept.rev,
                put: by_policy.then_some(linked),
            }),
            effect: Effect::Made(link),
        });
    }

    /// Writes what each keeps under all who were one.
    fn unlink(&self, process: &mut Process, link: usize) {
        let of = LINKS[link].0;
        let before = process.before.unwrap_or_default();
        let left = before.links & !(1 << link);
        let mut standings = [None; IDENTITIES];
        let members = if self.variant == Variant::UnlinkOneSide {
            standing(of)
        } else {
            named_by(of, before.links)
        };
        for identity in bits(members) {
            let mut over = process.standing(identity).rev;
            if identity == of && self.variant != Variant::RevisionOfLater {
                over = before.rev;
            }
            standings[identity] = Some((over, part_of(identity, left)));
        }
        let kept = process.claim(link);
        let ended = Claim {
            linked_once: true,
            ended: kept.ended | 1 << link,
            ..kept
        };
        process.transaction = Some(Transaction {
            standings,
            claim: Some(ClaimWrite {
                pair: link,
                over: kept.rev,
                put: (self.variant != Variant::ForgetsEnding).then_some(ended),
            }),
            effect: Effect::Ended(link),
        });
    }
}

fn look(process: &mut Process, link: usize) {
    let (from, to) = LINKS[link];
    process.start(Stage::Looking, standing(from) | standing(to) | claim(link));
}

fn note(pair: usize, put: Claim) -> Transaction {
    Transaction {
        standings: [None; IDENTITIES],
        claim: Some(ClaimWrite {
            pair,
            over: put.rev,
            put: Some(put),
        }),
        effect: Effect::Noted,
    }
}
