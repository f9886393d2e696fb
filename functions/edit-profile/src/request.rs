//! What a request asks for.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_kit::http::{
    Problem, StatusCode, body, header, json_body, subject, unescaped_path_parameter,
};
use serde_json::Value;
use store::TraitsPatch;
use timeline::{Actor, CustomerId, Rank, Timestamp, TraitChanges};

use crate::Refusal;

/// Longest patch, decoded, in bytes.
pub const MAX_PATCH_BYTES: usize = 16 * 1024;
/// By which header a system says that what it writes is not a person's word: `automation` or `human`.
pub const RANK_HEADER: &str = "x-cornerstore-rank";
const IF_MATCH: &str = "if-match";
/// As what a patch may come. Source: RFC 7396, section 4; a plain one is what many clients can say only.
pub(crate) const MEDIA_TYPES: [&str; 2] = ["application/merge-patch+json", "application/json"];

/// A change, by whom, and to whom.
pub(crate) struct Asked<'a> {
    /// The customer; none where the path's text can be nobody's id.
    pub(crate) customer: Option<CustomerId>,
    pub(crate) patch: TraitsPatch,
    /// The header `If-Match`.
    pub(crate) if_match: Option<&'a str>,
}

impl<'a> Asked<'a> {
    pub(crate) fn read(
        request: &'a ApiGatewayV2httpRequest,
        at: Timestamp,
    ) -> Result<Self, Refusal> {
        let Some(by) = subject(request).map(Actor::agent) else {
            let problem = Problem::new(StatusCode::FORBIDDEN);
            return Err(Refusal::Problem(
                problem.detail("The token names nobody who makes the change."),
            ));
        };
        if !is_patch(request) {
            return Err(Refusal::MediaType);
        }
        let if_match = if_match(request).map_err(Refusal::Problem)?;
        let rank = rank(request).map_err(Refusal::Problem)?;
        let changes = changes(request).map_err(Refusal::Problem)?;
        let id = unescaped_path_parameter(request, "id");
        Ok(Self {
            customer: id.and_then(|id| id.parse().ok()),
            patch: TraitsPatch {
                changes,
                by,
                at,
                rank,
            },
            if_match,
        })
    }
}

fn is_patch(request: &ApiGatewayV2httpRequest) -> bool {
    let media_type = header(request, "content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let mut taken = MEDIA_TYPES.into_iter();
    taken.any(|taken| taken.eq_ignore_ascii_case(media_type))
}

/// The precondition. One that cannot be understood is refused: passed over, it would overwrite what it was to save.
fn if_match(request: &ApiGatewayV2httpRequest) -> Result<Option<&str>, Problem> {
    match header(request, IF_MATCH) {
        None if !request.headers.contains_key(IF_MATCH) => Ok(None),
        Some(tags) if !tags.is_empty() => Ok(Some(tags)),
        None | Some(_) => Err(unreadable(IF_MATCH, "is neither an ETag nor *")),
    }
}

fn rank(request: &ApiGatewayV2httpRequest) -> Result<Rank, Problem> {
    match header(request, RANK_HEADER) {
        None if !request.headers.contains_key(RANK_HEADER) => Ok(Rank::Human),
        Some(rank) if rank.eq_ignore_ascii_case("human") => Ok(Rank::Human),
        Some(rank) if rank.eq_ignore_ascii_case("automation") => Ok(Rank::Automation),
        None | Some(_) => Err(unreadable(RANK_HEADER, "is neither human nor automation")),
    }
}

fn unreadable(header: &'static str, reason: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST)
        .detail("A header cannot be understood.")
        .field(header, reason)
}

fn changes(request: &ApiGatewayV2httpRequest) -> Result<TraitChanges, Problem> {
    if body(request)?.len() > MAX_PATCH_BYTES {
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE);
        return Err(problem.detail(format!("The body may have {MAX_PATCH_BYTES} bytes.")));
    }
    let patch: Value = json_body(request)?;
    TraitChanges::of_merge_patch(&patch).map_err(|wrong| {
        let problem = Problem::new(StatusCode::BAD_REQUEST)
            .detail("The change cannot be made; nothing is changed.");
        wrong.into_iter().fold(problem, |problem, one| {
            problem.field(one.field, one.error.to_string())
        })
    })
}
