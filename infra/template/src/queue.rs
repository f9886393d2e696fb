//! Queues and where they redrive to.

use crate::{
    error::TemplateError,
    fields::{CloudOnly, Fields},
    scope::Scope,
};

const CLOUD_ONLY: CloudOnly = &[
    ("SqsManagedSseEnabled", "nothing rests encrypted locally"),
    (
        "RedriveAllowPolicy",
        "only the template's own queues exist locally",
    ),
];

/// SQS's own default where the template is silent.
const DEFAULT_VISIBILITY_TIMEOUT_S: u32 = 30;
/// SQS's own default where the template is silent.
const DEFAULT_RETENTION_S: u32 = 345_600;

/// An SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in the account.
    pub name: String,
    /// The same without the stack's name before it: `call-events`.
    pub short_name: String,
    /// Its URL, as the resolver says.
    pub url: String,
    /// Its ARN.
    pub arn: String,
    /// Seconds for which a received message is hidden from others.
    pub visibility_timeout_s: u32,
    /// Seconds for which a message is kept.
    pub retention_s: u32,
    /// The longest message with its attributes.
    pub max_message_bytes: u32,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// Where messages go that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's logical id.
    pub target: String,
    /// How often a message is received before.
    pub max_receive_count: u32,
}

impl Queue {
    /// Reads one queue. The redrive target stays an ARN until
    /// [`point_at_logical_ids`] has seen every queue.
    pub(crate) fn read(
        logical_id: &str,
        mut fields: Fields<'_>,
        scope: &Scope<'_>,
    ) -> Result<Self, TemplateError> {
        let name = fields.text("QueueName")?;
        let redrive = match fields.nested("RedrivePolicy")? {
            None => None,
            Some(mut policy) => {
                let redrive = Redrive {
                    target: policy.text("deadLetterTargetArn")?,
                    max_receive_count: policy.number("maxReceiveCount")?,
                };
                policy.finish(&[])?;
                Some(redrive)
            }
        };
        let prefix = format!("{}-", scope.pseudo.stack_name);
        let queue = Self {
            logical_id: logical_id.to_owned(),
            short_name: name.strip_prefix(&prefix).unwrap_or(&name).to_owned(),
            url: scope.resolver.queue_url(&name),
            arn: scope.pseudo.arn("sqs", &name),
            visibility_timeout_s: fields
                .optional_number("VisibilityTimeout")?
                .unwrap_or(DEFAULT_VISIBILITY_TIMEOUT_S),
            retention_s: fields
                .optional_number("MessageRetentionPeriod")?
                .unwrap_or(DEFAULT_RETENTION_S),
            // SQS has raised its default once, so the template must say it.
            max_message_bytes: fields.number("MaximumMessageSize")?,
            redrive,
            name,
        };
        fields.finish(CLOUD_ONLY)?;
        Ok(queue)
    }
}

/// Turns redrive targets from ARNs into logical ids.
pub(crate) fn point_at_logical_ids(queues: &mut [Queue]) -> Result<(), TemplateError> {
    let ids: Vec<_> = queues
        .iter()
        .map(|queue| (queue.arn.clone(), queue.logical_id.clone()))
        .collect();
    for queue in queues {
        let Some(redrive) = &mut queue.redrive else {
            continue;
        };
        redrive.target = logical_id_of(&ids, &redrive.target).ok_or_else(|| {
            TemplateError::UnknownReference {
                place: crate::Place::of(&queue.logical_id)
                    .child("RedrivePolicy.deadLetterTargetArn"),
                name: redrive.target.clone(),
            }
        })?;
    }
    Ok(())
}

fn logical_id_of(ids: &[(String, String)], arn: &str) -> Option<String> {
    ids.iter()
        .find(|(known, _)| known == arn)
        .map(|(_, logical_id)| logical_id.clone())
}
