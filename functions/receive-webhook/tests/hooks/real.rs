//! The sources that there are: each fixture, signed as its provider signs, goes through the webhook and reads as it does
//! without it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use signatures::{KeyForm, Scheme};
use sources::{Context, Event, Reading, Rejection, Webhook};

use crate::desk::{Call, Desk, NOW, Queued};

