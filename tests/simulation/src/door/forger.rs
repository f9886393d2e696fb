//! Who sends what is not to be taken: unproved, proved for something else, too old, or nothing that a queue could hold. None
//! of it may reach a queue.

use std::rc::Rc;
use std::time::Duration;

use queue::MAX_MESSAGE_BYTES;
use signatures::Scheme;
use tokio::time::sleep;

use super::Door;
use super::provider::{Call, is_stamped, secret, usable};

/// When what was seen is sent again: later than signatures hold by the most wrong of clocks.
pub(super) const REPLAYED_MS: (u64, u64) = (10 * 60 * 1000, 2 * 60 * 60 * 1000);
/// How far the time of a signature is off that is of another time.
const OFF_MS: std::ops::Range<i64> = 10 * 60 * 1000..24 * 60 * 60 * 1000;
/// When something is forged after a delivery was seen, at most.
const SOON_MS: u64 = 60_000;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trick {
    WrongSecret,
    Unproved,
    Changed,
    Old,
    OfTheFuture,
    Unknown,
    TooLong,
    Encoded,
    Empty,
}

impl Trick {
    const ALL: [Self; 9] = [
        Self::WrongSecret,
        Self::Unproved,
        Self::Changed,
        Self::Old,
        Self::OfTheFuture,
        Self::Unknown,
        Self::TooLong,
        Self::Encoded,
        Self::Empty,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::WrongSecret => "forged: another secret",
            Self::Unproved => "forged: no proof",
            Self::Changed => "forged: another body",
            Self::Old => "forged: too old",
            Self::OfTheFuture => "forged: of the future",
            Self::Unknown => "forged: no connection",
            Self::TooLong => "too long",
            Self::Encoded => "compressed",
            Self::Empty => "empty",
        }
    }

    /// What the function documents.
    fn answer(self) -> i64 {
        match self {
            Self::WrongSecret | Self::Unproved | Self::Changed | Self::Old | Self::OfTheFuture => {
                401
            }
            Self::Unknown => 404,
            Self::TooLong => 413,
            Self::Encoded => 415,
            Self::Empty => 200,
        }
    }
}

/// Makes something of a delivery that was seen, and sends it.
pub(super) async fn forge(door: Rc<Door>, seen: Call) {
    sleep(door.between(0, SOON_MS)).await;
    let schemes = usable(&seen);
    let scheme = door.world.inside().rng.choice(schemes);
    let Some(scheme) = scheme else {
        return;
    };
    let trick = door.world.inside().rng.choice(Trick::ALL);
    // Of what covers no body, and no time, there is only the secret to be wrong in.
    let trick = trick.unwrap_or(Trick::WrongSecret);
    let covers_no_body = matches!(scheme, Scheme::Shown(_));
    let is_vain = match trick {
        Trick::Changed => covers_no_body,
        Trick::Old | Trick::OfTheFuture => !is_stamped(scheme),
        Trick::WrongSecret
        | Trick::Unproved
        | Trick::Unknown
        | Trick::TooLong
        | Trick::Encoded
        | Trick::Empty => false,
    };
    let trick = if is_vain { Trick::WrongSecret } else { trick };
    if let Some(call) = call(&door, &seen, scheme, trick) {
        // Whatever is heard, it was judged.
        let _ = door.post(trick.name(), &call, trick.answer(), true).await;
    }
}

fn call(door: &Door, seen: &Call, scheme: &Scheme, trick: Trick) -> Option<Call> {
    let now_ms = door.world.now_ms();
    let bare = |body: &[u8]| Call::bare(door, &seen.connection, body.to_vec());
    let own = secret(&seen.connection);
    let off_ms = door.world.inside().rng.i64(OFF_MS);
    match trick {
        Trick::WrongSecret => bare(&seen.body).proved(scheme, &secret("nobody"), now_ms),
        Trick::Unproved => Some(bare(&seen.body)),
        Trick::Changed => {
            let mut call = bare(&seen.body).proved(scheme, &own, now_ms)?;
            call.body.push(b' ');
            Some(call)
        }
        Trick::Old => bare(&seen.body).proved(scheme, &own, now_ms - off_ms),
        Trick::OfTheFuture => bare(&seen.body).proved(scheme, &own, now_ms + off_ms),
        Trick::Unknown => {
            let mut call = bare(&seen.body).proved(scheme, &own, now_ms)?;
            call.connection.push_str("-x");
            Some(call)
        }
        Trick::TooLong => Some(bare(&vec![b'x'; MAX_MESSAGE_BYTES + 1])),
        Trick::Encoded => {
            let mut call = bare(&seen.body).proved(scheme, &own, now_ms)?;
            let said = ("content-encoding".to_owned(), "gzip".to_owned());
            call.headers.extend([said]);
            Some(call)
        }
        Trick::Empty => bare(b"").proved(scheme, &own, now_ms),
    }
}

/// Sends what was seen once more, as it was. What says when it was signed is too old by then; what does not is the same again.
pub(super) async fn replay(door: Rc<Door>, seen: Call, is_stamped: bool, later: Duration) {
    sleep(later).await;
    let (who, answer) = if is_stamped {
        ("replayed: signed with its time", 401)
    } else {
        ("replayed: as good as new", 200)
    };
    // Whatever is heard, it was judged.
    let _ = door.post(who, &seen, answer, is_stamped).await;
}
