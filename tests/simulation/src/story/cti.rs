//! Calls of telephone systems that push what happens as a form, without clock and without ids of events. Two of them are
//! connected, and count their calls alike.

use timeline::Channel;

use super::draft::{Draft, Sending};
use super::people::{HOTLINE, SECOND_LINE};
use super::time::{MINUTE, SECOND};
use super::{Content, Queue};

const SOURCE: &str = "cti";
/// A push is sent once, and one in as many gets lost.
const LOST_ONE_IN: u32 = 20;

/// Who calls: somebody, nobody who says so, or the company itself.
enum Caller {
    Person(String),
    Withheld,
    Own,
}

/// A call at one of the two systems, or one at each under the same number.
pub(super) fn call(draft: &mut Draft<'_>) {
    let id = 8_437_000 + draft.count();
    let at_both = draft.one_in(4);
    let account = [None, Some("berlin")];
    let only = draft.pick(&account);
    for account in account {
        if at_both || account == only {
            one(draft, id, account);
        }
    }
}

fn one(draft: &mut Draft<'_>, id: u64, account: Option<&'static str>) {
    let interaction = match account {
        Some(account) => format!("cti:{account}:{id}"),
        None => format!("cti:{id}"),
    };
    let person = draft.person();
    let caller = match draft.rng.u32(..8) {
        0 => Caller::Withheld,
        1 => Caller::Own,
        _ => Caller::Person(person.digits.clone()),
    };
    let far = match &caller {
        Caller::Person(digits) => digits.as_str(),
        Caller::Withheld => "anonymous",
        Caller::Own => SECOND_LINE,
    };
    let outbound = matches!(caller, Caller::Person(_)) && draft.one_in(4);
    let numbers = if outbound {
        format!("&from={HOTLINE}&to={far}&direction=out")
    } else {
        format!("&from={far}&to={HOTLINE}&direction=in")
    };
    let mut at = draft.beginning();
    let (mut is_named, mut is_ended) = (false, false);
    let (answered, hangs_up, is_bare) = (!draft.one_in(4), !draft.one_in(8), draft.one_in(3));
    for (event, kind) in [
        ("newCall", "cti newCall"),
        ("answer", "cti answer"),
        ("dtmf", "cti dtmf (not used)"),
        ("hangup", "cti hangup"),
    ] {
        let happens = match event {
            "answer" => answered,
            "dtmf" => answered && draft.one_in(3),
            "hangup" => hangs_up,
            _ => true,
        };
        at += draft.between(SECOND, 2 * MINUTE);
        if !happens || draft.one_in(LOST_ONE_IN) {
            continue;
        }
        let bare = event == "dtmf" || (event == "hangup" && is_bare);
        let numbers = if bare { "" } else { numbers.as_str() };
        let more = match event {
            "newCall" => "&user%5B%5D=Bea+Lind&user%5B%5D=Caf%C3%A9+desk",
            "answer" => "&user=Bea+Lind&answeringNumber=12025550107",
            "dtmf" => "&dtmf=1",
            _ => "&cause=normalClearing",
        };
        let body = format!("event={event}{numbers}&callId={id}{more}");
        let sending = Sending {
            account,
            ..Sending::of(Queue::Call, kind, SOURCE, body)
        };
        if event == "dtmf" {
            draft.send(at, sending);
            continue;
        }
        is_named |= !bare;
        is_ended |= event == "hangup";
        let logical = format!("{interaction}:{event}");
        let says = match event {
            "newCall" => "started",
            "answer" => "answered",
            _ => "ended",
        };
        let says = Content::timeless(says);
        draft.send(at, sending.tells(&interaction, logical, says));
    }
    let customer = match caller {
        Caller::Person(digits) if is_named => Some(format!("tel:+{digits}")),
        Caller::Person(_) | Caller::Withheld | Caller::Own => None,
    };
    draft.expect(&interaction, Channel::Call, customer, is_ended);
}
