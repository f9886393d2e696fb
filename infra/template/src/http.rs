//! Routes of the HTTP API and who may use them.

use crate::{
    error::TemplateError,
    fields::{CloudOnly, Fields},
};

const CLOUD_ONLY: CloudOnly = &[
    ("Name", "a text for people"),
    ("AccessLogSettings", "the local stack logs requests itself"),
    ("RouteSettings", "the local stack throttles nobody"),
    ("DefaultRouteSettings", "the local stack throttles nobody"),
];

const TOKEN_SOURCE: &str = "$request.header.Authorization";

/// A route of the HTTP API to a function, with payload format 2.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    /// The API's logical id.
    pub api: String,
    /// The method in capitals, or `ANY`.
    pub method: String,
    /// The path with its parameters in braces.
    pub path: String,
    /// Who judges the caller; `None` lets everybody in.
    pub authorizer: Option<String>,
}

/// Lets in who shows a JSON Web Token in the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtAuthorizer {
    /// The API's logical id.
    pub api: String,
    /// Its name.
    pub name: String,
    /// Who must have signed the token.
    pub issuer: String,
    /// One of these must be meant by the token.
    pub audiences: Vec<String>,
}

/// An HTTP API, as far as routes and functions need it.
pub(crate) struct Api {
    pub(crate) logical_id: String,
    pub(crate) authorizers: Vec<JwtAuthorizer>,
    pub(crate) default_authorizer: Option<String>,
}

impl Api {
    pub(crate) fn read(logical_id: &str, mut fields: Fields<'_>) -> Result<Self, TemplateError> {
        let mut api = Self {
            logical_id: logical_id.to_owned(),
            authorizers: Vec::new(),
            default_authorizer: None,
        };
        if let Some(mut auth) = fields.nested("Auth")? {
            for (name, authorizer) in auth.named("Authorizers")? {
                api.authorizers
                    .push(JwtAuthorizer::read(logical_id, name, authorizer)?);
            }
            let default = auth.optional_text("DefaultAuthorizer")?;
            if default.as_ref().is_some_and(|name| !api.knows(name)) {
                return Err(auth.unexpected("DefaultAuthorizer", "one of the authorizers"));
            }
            api.default_authorizer = default;
            auth.finish(&[])?;
        }
        fields.finish(CLOUD_ONLY)?;
        Ok(api)
    }

    fn knows(&self, authorizer: &str) -> bool {
        self.authorizers
            .iter()
            .any(|known| known.name == authorizer)
    }
}

impl JwtAuthorizer {
    fn read(api: &str, name: String, mut fields: Fields<'_>) -> Result<Self, TemplateError> {
        let mut token = fields
            .nested("JwtConfiguration")?
            .ok_or_else(|| fields.missing("JwtConfiguration"))?;
        let authorizer = Self {
            api: api.to_owned(),
            name,
            issuer: token.text("issuer")?,
            audiences: token.texts("audience")?,
        };
        if authorizer.audiences.is_empty() {
            return Err(token.missing("audience"));
        }
        token.finish(&[])?;
        if fields.text("IdentitySource")? != TOKEN_SOURCE {
            return Err(fields.unexpected("IdentitySource", TOKEN_SOURCE));
        }
        fields.finish(&[])?;
        Ok(authorizer)
    }
}

impl HttpRoute {
    /// Reads a function's event of type `HttpApi`.
    pub(crate) fn read(mut fields: Fields<'_>, apis: &[Api]) -> Result<Self, TemplateError> {
        let id = fields.text("ApiId")?;
        let api = apis
            .iter()
            .find(|api| api.logical_id == id)
            .ok_or_else(|| fields.unexpected("ApiId", "an HTTP API of this template"))?;
        let authorizer = match fields.nested("Auth")? {
            None => api.default_authorizer.clone(),
            Some(mut auth) => {
                let own = match auth.optional_text("Authorizer")? {
                    None => api.default_authorizer.clone(),
                    Some(name) if name == "NONE" => None,
                    Some(name) if api.knows(&name) => Some(name),
                    Some(_) => return Err(auth.unexpected("Authorizer", "one of the authorizers")),
                };
                auth.finish(&[])?;
                own
            }
        };
        if fields.text("PayloadFormatVersion")? != "2.0" {
            return Err(fields.unexpected("PayloadFormatVersion", "2.0"));
        }
        let route = Self {
            api: id,
            method: fields.text("Method")?.to_ascii_uppercase(),
            path: fields.text("Path")?,
            authorizer,
        };
        // Only the last parameter can take the rest of the path.
        if route
            .path
            .rsplit_once('/')
            .is_some_and(|(before, _)| before.contains("+}"))
        {
            return Err(fields.unexpected("Path", "a path with {name+} at its end only"));
        }
        fields.finish(&[])?;
        Ok(route)
    }
}
