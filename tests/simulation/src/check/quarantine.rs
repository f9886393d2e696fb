//! What cannot be understood lies in quarantine with its reason, and nothing else does.

use crate::world::QUARANTINE;

use super::Check;

impl Check<'_> {
    pub(super) fn quarantine(&mut self) {
        let poison = std::mem::take(&mut self.told.poison);
        let kept: Vec<(String, String)> = {
            let inner = self.world.inside();
            let messages = inner.queues.get(QUARANTINE).into_iter();
            messages
                .flat_map(|queue| queue.messages())
                .map(|message| {
                    let code = message.attributes.get("reason_code").cloned();
                    (message.body.clone(), code.unwrap_or_default())
                })
                .collect()
        };
        for (body, code) in &kept {
            let expected = poison.get(body.as_str()).map(|(code, _)| *code);
            self.holds(expected == Some(code), || {
                format!("in quarantine as {code}, expected {expected:?}: {body}")
            });
        }
        for (body, (code, must)) in &poison {
            let is_kept = kept.iter().any(|(there, _)| there == body);
            self.holds(is_kept || !must, || {
                format!("{code} is not in quarantine: {body}")
            });
        }
    }
}
