//! Identities as callers write them, and what is stated of one identity by itself.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{StatusCode, json, json_body, path_parameter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use timeline::{
    EmailAddress, Identity, IdentityError, IdentityUri, PhoneNumber, Plan, Region, Timestamp,
};

use crate::{Links, Refusal, asker};

/// What is stated of an identity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityBody {
    /// Whether several customers use it: a switchboard's number, a family's address. Marking it ends its links.
    pub(crate) shared: bool,
}

/// What is known of an identity by itself.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct IdentityAnswer {
    /// Its URI.
    pub(crate) identity: IdentityUri,
    /// Whether several customers use it.
    pub(crate) shared: bool,
    /// Since when; absent when they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Timestamp>,
}

impl Links {
    pub(crate) async fn put_identity(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let by = asker(request)?;
        let body: IdentityBody = json_body(request)?;
        let asked = path_parameter(request, "identity").unwrap_or_default();
        let identity = self.read("identity", asked)?;
        let until = budget.instant();
        self.store
            .mark_shared(
                &identity,
                body.shared,
                &by,
                Timestamp::from(clock::now()),
                until,
            )
            .await?;
        let standing = self.store.standing(&identity, until).await?;
        let answer = IdentityAnswer {
            identity,
            shared: standing.shared.is_some(),
            since: standing.shared.map(|marked| marked.at),
        };
        Ok(json(StatusCode::OK, &answer))
    }

    /// Reads an identity that somebody may have. The company's own are nobody's.
    pub(crate) fn read(&self, field: &'static str, text: &str) -> Result<IdentityUri, Refusal> {
        let identity = read(text, self.region)
            .map_err(|error| Refusal::bad_field(field, error.to_string()))?;
        self.refuse_own(&identity)?;
        Ok(identity)
    }

    pub(crate) fn refuse_own(&self, identity: &IdentityUri) -> Result<(), Refusal> {
        if self.own.contains(identity) {
            return Err(Refusal::impossible(
                "It is one of the company's own numbers or addresses, which are nobody's identity.",
            ));
        }
        Ok(())
    }
}

/// Reads an identity in any writing: a URI, an email address, or a number, which without its country's code is one of
/// the stack's region.
pub(crate) fn read(text: &str, region: Option<Region>) -> Result<IdentityUri, IdentityError> {
    let text = text.trim();
    let bare = !text.contains(':');
    if bare && text.contains('@') {
        let address = EmailAddress::read(text).map_err(IdentityError::Email)?;
        return Ok(Identity::email(&address).uri);
    }
    let number = match text.split_once(':') {
        Some((scheme, number)) => is_numbers(scheme).then_some((scheme, number)),
        None => Some(("tel", text)),
    };
    let Some((scheme, number)) = number else {
        return Identity::read(text).map(|identity| identity.uri);
    };
    // A word such as "anonymous" is no number in any region, and the first reading says best what is wrong.
    let at_home = region.and_then(|_| PhoneNumber::read(number, Plan::National(region)).ok());
    let uri = match at_home {
        Some(at_home) => format!("{scheme}:{}", at_home.e164()),
        None => format!("{scheme}:{number}"),
    };
    Identity::read(&uri).map(|identity| identity.uri)
}

fn is_numbers(scheme: &str) -> bool {
    ["tel", "whatsapp"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_in(region: &str, text: &str) -> Result<String, IdentityError> {
        let uri = read(text, Some(region.parse().unwrap()));
        uri.map(|uri| uri.expose().to_owned())
    }

    #[test]
    fn an_identity_is_read_in_any_writing_and_numbers_in_the_stacks_region() {
        for (text, uri) in [
            ("mailto:Ada@Example.com", "mailto:ada@example.com"),
            (" Ada@Example.com ", "mailto:ada@example.com"),
            ("+1 (415) 555-0123", "tel:+14155550123"),
            ("(415) 555-0123", "tel:+14155550123"),
            ("tel:415.555.0123", "tel:+14155550123"),
            ("TEL:+49 30 23125 100", "tel:+493023125100"),
            ("whatsapp:+14155550123", "whatsapp:+14155550123"),
            ("crm:HubSpot/42", "crm:hubspot/42"),
        ] {
            assert_eq!(read_in("US", text).as_deref(), Ok(uri), "{text}");
        }
        assert_eq!(
            read_in("DE", "030 23125 100").as_deref(),
            Ok("tel:+493023125100")
        );
    }

    #[test]
    fn what_is_nobodys_identity_is_refused() {
        for text in ["", "anonymous", "ftp:host", "crm:42", "mailto:", "12"] {
            assert!(read_in("US", text).is_err(), "{text}");
        }
    }
}
