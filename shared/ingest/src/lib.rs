//! From a batch of queue records to the timeline: decode, append, judge.
