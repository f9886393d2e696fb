//! Appends chat events from their queue to the timeline.
