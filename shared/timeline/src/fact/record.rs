//! A call as a system recorded it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::personal::Personal;
use crate::time::Timestamp;

/// A system's own record of a whole call. Source: Amazon Connect contact records.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CallRecord {
    /// When it began. Source: `InitiationTimestamp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended; `None` while it is active. Source: `DisconnectTimestamp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When it entered a queue. Source: `Queue.EnqueueTimestamp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    /// When an agent took it. Source: `Agent.ConnectedToAgentTimestamp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// How it came about. Source: `InitiationMethod`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiation: Option<String>,
    /// Why it ended. Source: `DisconnectReason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The agent's user name. Source: `Agent.Username`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The queue's name. Source: `Queue.Name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Talk time in milliseconds; `None` while the call is active. Source: `AgentInteractionDuration` (seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_ms: Option<u64>,
    /// Time on hold in milliseconds. Source: `CustomerHoldDuration` (seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_ms: Option<u64>,
    /// After-call work in milliseconds. Source: `AfterContactWorkDuration` (seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_call_work_ms: Option<u64>,
    /// Time in queue in milliseconds. Source: `Queue.Duration` (seconds).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_ms: Option<u64>,
    /// Wrap-up code. Source: the attribute `disposition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Whether the flow or the agent marked it as a complaint. Source: the attribute `complaint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complaint: Option<bool>,
    /// The contact's attributes, keys as they are (their case counts). Source: `Attributes`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Personal>,
    /// Where the recording is. Source: `Recording.Location`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
}
