//! Appends email events from their queue to the timeline.
