//! Answers who is calling, what happened before and what is open.
