//! Rules of `template.yaml` that linters do not know.
//!
//! Each rule is held on the template as it is, and on copies that are broken in
//! one place: a rule that does not see the break would hold nothing.

mod alarms;
mod calling;
mod keeping;
mod naming;
mod permissions;
mod reading;
