//! What cannot be understood lies in quarantine with its reason, and nothing else does.

use std::collections::BTreeMap;

use crate::world::QUARANTINE;

use super::Check;

impl Check<'_> {
    pub(super) fn quarantine(&mut self) {
        let mut poison: BTreeMap<&str, &str> = BTreeMap::new();
        for delivery in &self.story.deliveries {
            if let Some(code) = delivery.what.refused {
                poison.insert(&delivery.body, code);
            }
        }
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
            let expected = poison.get(body.as_str()).copied();
            self.holds(expected == Some(code), || {
                format!("in quarantine as {code}, expected {expected:?}: {body}")
            });
        }
        for (body, code) in &poison {
            let is_kept = kept.iter().any(|(there, _)| there == body);
            self.holds(is_kept, || format!("{code} is not in quarantine: {body}"));
        }
    }
}
