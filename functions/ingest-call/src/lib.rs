//! Appends call events from their queue to the timeline.
