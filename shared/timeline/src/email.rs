//! Email addresses: the one to answer to, and the key that its variants share.

/// An email address and the key under which its variants are one person.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    raw: String,
    key: String,
}

/// Why a text is not an email address. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// No `@`, an empty side, white space or control characters.
    #[error("is not an email address")]
    NotAnAddress,
    /// Longer than RFC 5321 allows.
    #[error("is longer than an email address can be")]
    TooLong,
}

/// Longest address of RFC 5321. Its 64 bytes for the part before the `@` are not held: reply addresses of relays are longer.
const MAX_ADDRESS: usize = 254;

impl EmailAddress {
    /// Reads an address as it stands between the angle brackets of a header, or `Name <address>`.
    ///
    /// ```
    /// use timeline::EmailAddress;
    /// let ada = EmailAddress::read("Ada Example <Ada.Example+shop@GoogleMail.com>")?;
    /// assert_eq!(ada.key(), "adaexample@gmail.com");
    /// assert_eq!(ada.raw(), "Ada.Example+shop@GoogleMail.com");
    /// # Ok::<(), timeline::EmailError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no local part, no domain, or one of them is too long or has white space.
    pub fn read(text: &str) -> Result<Self, EmailError> {
        let raw = match (text.rfind('<'), text.rfind('>')) {
            (Some(open), Some(close)) if open < close => &text[open + 1..close],
            _ => text,
        }
        .trim();
        let raw = raw.strip_prefix("mailto:").unwrap_or(raw);
        let (local, domain) = raw.rsplit_once('@').ok_or(EmailError::NotAnAddress)?;
        if raw.len() > MAX_ADDRESS {
            return Err(EmailError::TooLong);
        }
        let odd =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';');
        let labels_ok = domain.split('.').all(|label| !label.is_empty());
        if local.is_empty() || !labels_ok || domain.contains('@') || raw.contains(odd) {
            return Err(EmailError::NotAnAddress);
        }
        Ok(Self {
            raw: raw.to_owned(),
            key: key(local, domain),
        })
    }

    /// The address as it was written, to answer to.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The address as it is matched.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[email address]")
    }
}

/// Lower case; without the tag where the provider ignores it; without dots and under one domain at Gmail.
fn key(local: &str, domain: &str) -> String {
    let local = local.to_lowercase();
    let domain = domain.to_lowercase();
    let untagged = || match local.split_once('+') {
        Some((before, _)) if !before.is_empty() => before,
        _ => &local,
    };
    match domain.as_str() {
        "gmail.com" | "googlemail.com" => {
            let plain = untagged().replace('.', "");
            let plain = if plain.is_empty() {
                local.clone()
            } else {
                plain
            };
            format!("{plain}@gmail.com")
        }
        "outlook.com" | "hotmail.com" | "live.com" | "icloud.com" | "me.com" | "mac.com" => {
            format!("{}@{domain}", untagged())
        }
        _ => format!("{local}@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(text: &str) -> Result<String, EmailError> {
        EmailAddress::read(text).map(|e| e.key)
    }

    #[test]
    fn variants_that_reach_one_mailbox_share_a_key() {
        assert_eq!(
            key_of("Ada.Example@gmail.com"),
            key_of("adaexample+x@googlemail.com")
        );
        assert_eq!(key_of("Bo+news@Outlook.com"), Ok("bo@outlook.com".into()));
        assert_eq!(
            key_of("A.B+tag@Example.ORG"),
            Ok("a.b+tag@example.org".into()),
            "elsewhere dots and tags count"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@example..com",
            "a@b@\n",
            "<>",
        ] {
            assert_eq!(key_of(text), Err(EmailError::NotAnAddress), "{text:?}");
        }
        assert_eq!(
            key_of(&format!("{}@example.com", "a".repeat(250))),
            Err(EmailError::TooLong)
        );
    }
}
