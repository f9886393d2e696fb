//! The table by itself: each expression, each refusal, and time.
