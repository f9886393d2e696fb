//! What SendGrid's two sources share: the name under which both tell of a thread, and what a mail is known by there.

/// The system that the interactions of both are under.
pub(super) const SYSTEM: &str = "sendgrid";
/// A part of the names of SendGrid's machines that take mail to send, which end the Message-IDs that they give.
const SENDING_MACHINE: &str = "ismtpd";

/// What SendGrid's events know a mail by, where SendGrid gave it its Message-ID.
pub(super) fn known_as(message_id: &str) -> Option<&str> {
    let (_, machine) = message_id.rsplit_once('@')?;
    let own = first_part(message_id);
    (machine.contains(SENDING_MACHINE) && !own.is_empty()).then_some(own)
}

/// The first part of an id: behind it stand machines, which differ by event.
pub(super) fn first_part(id: &str) -> &str {
    id.split(['.', '@']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_id_of_sendgrids_own_is_shortened() {
        for (id, known) in [
            ("Qm9sdA@ismtpd0007p1abc1.sendgrid.net", Some("Qm9sdA")),
            ("Qm9sdA@geopod-ismtpd-5-1", Some("Qm9sdA")),
            ("14c5.dfd.64b4@ismtpd-555", Some("14c5")),
            ("first@mail.example.com", None),
            ("@ismtpd1", None),
            ("ismtpd", None),
        ] {
            assert_eq!(known_as(id), known, "{id}");
        }
    }
}
