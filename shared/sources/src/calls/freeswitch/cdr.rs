//! A leg's record: where its numbers, times and ties stand in the shapes that FreeSWITCH has written over the years.

use serde_json::Value;
use timeline::{Direction, Related, Relation, Timestamp};

use crate::fields::Fields;
use crate::parts;
use crate::reading::Rejection;

/// Most profiles of a leg, and most legs that one called, that are looked at.
const MAX_PROFILES: usize = 64;
/// Longest address of a recording in bytes. A cut one leads nowhere.
const MAX_LOCATION: usize = 2048;
/// Longest time on hold in milliseconds that is taken for one: a year.
const MAX_HOLD_MS: u64 = 366 * 24 * 3600 * 1000;

/// A record.
pub(super) struct Cdr<'a> {
    root: Fields<'a>,
    /// Each profile that the leg had, newest first: a transfer opens a new one.
    flow: Vec<&'a Value>,
}

impl<'a> Cdr<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        let root = Fields::of(value);
        let flow = match root.get("callflow") {
            Some(Value::Array(profiles)) => profiles.iter().take(MAX_PROFILES).collect(),
            // Old versions write the only one without a list, or its times at the top.
            Some(profile @ Value::Object(_)) => vec![profile],
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                vec![value]
            }
        };
        Self { root, flow }
    }

    /// A variable of the leg, decoded.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = decoded(&self.root.object("variables").id(name)?);
        let text = text.trim();
        (!text.is_empty() && text != "_undef_").then(|| text.to_owned())
    }

    /// A field of the caller's profile, oldest first: what the call was when it began, before any transfer.
    fn profile(&self, name: &str) -> Option<String> {
        self.flow.iter().rev().find_map(|profile| {
            let fields = Fields::of(profile);
            let text = decoded(&fields.object("caller_profile").id(name)?);
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    /// The leg's id.
    pub(super) fn leg(&self) -> Result<String, Rejection> {
        self.text("uuid")
            .or_else(|| self.text("call_uuid"))
            .or_else(|| self.profile("uuid"))
            .ok_or_else(|| self.missing("uuid"))
    }

    /// The leg that called this one; `None` when it began the call itself.
    pub(super) fn origin(&self, leg: &str) -> Option<String> {
        let member = || {
            let is_agents = self.text("cc_side").as_deref() == Some("agent");
            is_agents
                .then(|| self.text("cc_member_session_uuid"))
                .flatten()
        };
        let profile = || {
            self.flow.iter().rev().find_map(|profile| {
                let fields = Fields::of(profile);
                let caller = fields.object("caller_profile");
                let originator = caller.object("originator");
                let first = originator.items("originator_caller_profiles").first()?;
                Fields::of(first).id("uuid")
            })
        };
        let origin = self
            .text("originating_leg_uuid")
            .or_else(member)
            .or_else(|| self.text("originator"))
            .or_else(profile)
            // The bridge names the other leg at both of them. A leg that the switch placed and that called none itself is
            // the one that was called.
            .or_else(|| {
                let was_called = self.leg_direction().as_deref() == Some("outbound")
                    && self.called_legs().next().is_none();
                was_called.then(|| self.text("bridge_uuid")).flatten()
            });
        origin.filter(|origin| origin != leg)
    }

    /// The way of the leg as the switch sees it: `inbound` came into it.
    fn leg_direction(&self) -> Option<String> {
        self.text("direction")
            .or_else(|| self.root.object("channel_data").id("direction"))
            .map(|direction| direction.to_ascii_lowercase())
    }

    /// The way of the call, where a dialplan such as FusionPBX's writes it, or the context that a call came from tells.
    pub(super) fn direction(&self) -> Option<Direction> {
        match self.text("call_direction").as_deref() {
            Some("inbound") => return Some(Direction::Inbound),
            Some("outbound") => return Some(Direction::Outbound),
            Some(_) | None => {}
        }
        match self.profile("context").as_deref() {
            Some("public") => Some(Direction::Inbound),
            Some(_) | None => None,
        }
    }

    pub(super) fn caller(&self) -> Option<String> {
        self.profile("caller_id_number")
            .or_else(|| self.text("caller_id_number"))
            .or_else(|| self.profile("ani"))
            .or_else(|| self.text("sip_from_user"))
    }

    pub(super) fn dialled(&self) -> Option<String> {
        self.profile("destination_number")
            .or_else(|| self.text("destination_number"))
            .or_else(|| self.text("sip_to_user"))
    }

    /// The caller's name, where it is more than the number again.
    pub(super) fn caller_name(&self, number: Option<&str>) -> Option<String> {
        let name = self
            .profile("caller_id_name")
            .or_else(|| self.text("caller_id_name"))
            .or_else(|| self.text("sip_from_display"))?;
        let is_name = Some(name.as_str()) != number && name.chars().any(char::is_alphabetic);
        let is_placeholder = ["unknown", "anonymous", "outbound call"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word));
        parts::kept_name(&name).filter(|_| is_name && !is_placeholder)
    }

    /// `start`, `answer`, `end` and the like: in microseconds where the record has them, else in seconds, else of the
    /// profile's times. Zero means that it never happened.
    pub(super) fn time(&self, what: &str) -> Result<Option<Timestamp>, Rejection> {
        for unit in ["uepoch", "epoch"] {
            let name = format!("{what}_{unit}");
            let Some(text) = self.text(&name) else {
                continue;
            };
            let at = epoch(&text)
                .map_err(|problem| Rejection::malformed(format!("variables.{name}"), problem))?;
            if at.is_some() {
                return Ok(at);
            }
        }
        Ok(match what {
            "start" => self.first_of("created_time"),
            "answer" => self.first_of("answered_time"),
            "end" => self.last_of("hangup_time"),
            "bridge" => self.first_of("bridged_time"),
            _ => None,
        })
    }

    fn first_of(&self, name: &str) -> Option<Timestamp> {
        self.flow_times(name).min()
    }

    fn last_of(&self, name: &str) -> Option<Timestamp> {
        self.flow_times(name).max()
    }

    fn flow_times<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Timestamp> + 's {
        self.flow.iter().filter_map(move |profile| {
            let fields = Fields::of(profile);
            let text = fields.object("times").id(name)?;
            epoch(&text).ok().flatten()
        })
    }

    /// When it was joined with another leg.
    pub(super) fn joined_at(&self) -> Result<Option<Timestamp>, Rejection> {
        Ok(match self.time("cc_queue_answered")? {
            Some(at) => Some(at),
            None => self.time("bridge")?,
        })
    }

    pub(super) fn was_bridged(&self) -> bool {
        ["bridge_uuid", "last_bridge_to", "cc_queue_answered_epoch"]
            .iter()
            .any(|name| self.text(name).is_some_and(|text| text != "0"))
            || matches!(self.time("bridge"), Ok(Some(_)))
    }

    /// Whether a telephone rang for it, or it waited in a queue: somebody was sought. A leg without any sign of that met a
    /// menu or a mailbox only.
    pub(super) fn rang(&self) -> bool {
        let called = [
            "originate_disposition",
            "dialed_extension",
            "cc_queue",
            "dialed_user",
        ];
        self.was_bridged()
            || called.iter().any(|name| self.text(name).is_some())
            || self.called_legs().next().is_some()
            || matches!(self.time("answer"), Ok(None))
    }

    /// The legs that it called.
    fn called_legs(&self) -> impl Iterator<Item = Fields<'a>> {
        self.flow.iter().flat_map(|profile| {
            let legs = profile
                .get("caller_profile")
                .and_then(|caller| caller.get("originatee"))
                .and_then(|called| called.get("originatee_caller_profiles"))
                .and_then(Value::as_array);
            legs.into_iter()
                .flatten()
                .take(MAX_PROFILES)
                .map(Fields::of)
        })
    }

    /// The extension of the telephone that took it: the last leg that was called, where it was joined with that one.
    pub(super) fn callee(&self) -> Option<String> {
        let bridged = self
            .text("bridge_uuid")
            .or_else(|| self.text("last_bridge_to"))?;
        let leg = self
            .called_legs()
            .find(|leg| leg.id("uuid").as_deref() == Some(&bridged))?;
        parts::kept_name(&decoded(&leg.id("destination_number")?))
    }

    /// The leg that it was joined with in the end, where it called others: a transfer to a call that somebody else began.
    /// A leg that it called itself is of this interaction.
    pub(super) fn related(&self, own: &str) -> Result<Vec<Related>, Rejection> {
        let called: Vec<_> = self
            .called_legs()
            .filter_map(|leg| leg.id("uuid"))
            .collect();
        let joined = self
            .text("bridge_uuid")
            .filter(|leg| leg != own && !called.is_empty() && !called.contains(leg));
        let related = joined.map(|leg| super::related(&leg, Relation::Related));
        related.into_iter().collect()
    }

    pub(super) fn hold_ms(&self) -> Option<u64> {
        let micros = self.flow.iter().filter_map(|profile| {
            let fields = Fields::of(profile);
            fields
                .object("times")
                .id("hold_accum_time")?
                .trim()
                .parse::<u64>()
                .ok()
        });
        let millis = micros.fold(0_u64, u64::saturating_add) / 1000;
        let millis = if millis > 0 {
            millis
        } else {
            self.text("hold_accum_ms")?.parse().ok()?
        };
        (1..=MAX_HOLD_MS).contains(&millis).then_some(millis)
    }

    pub(super) fn recording(&self) -> Option<String> {
        let location = match self.text("record_path").zip(self.text("record_name")) {
            Some((path, name)) => format!("{}/{name}", path.trim_end_matches('/')),
            None => self
                .text("cc_record_filename")
                .or_else(|| self.text("recording_file"))?,
        };
        (location.len() <= MAX_LOCATION).then_some(location)
    }

    pub(super) fn missing(&self, name: &str) -> Rejection {
        Rejection::missing(self.root.object("variables").path_of(name))
    }
}

/// A time in seconds or microseconds since 1970; `None` for zero.
fn epoch(text: &str) -> Result<Option<Timestamp>, &'static str> {
    if text.trim().parse() == Ok(0_u64) {
        return Ok(None);
    }
    parts::time_in(&Value::String(text.to_owned()))
        .map(Some)
        .ok_or("is not a time")
}

/// `%XX` as the bytes that they stand for, where those are UTF-8; what is no escape stays.
pub(super) fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = bytes
            .get(at + 1..at + 3)
            .filter(|_| *byte == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}
