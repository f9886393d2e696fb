//! Where the tests find LocalStack. `tests/run` starts it and says so in the
//! environment; a test that needs it fails without it, it is never skipped.

/// The variable in which `tests/run` passes LocalStack's URL.
pub const URL_VARIABLE: &str = "CORNERSTORE_LOCALSTACK_URL";

/// LocalStack's URL, without a slash at its end.
///
/// # Panics
///
/// When the variable is missing or empty, with a sentence on how to set it: a
/// test that cannot reach LocalStack proves nothing and must be red.
#[must_use]
pub fn endpoint() -> String {
    from_value(std::env::var(URL_VARIABLE).ok())
}

fn from_value(value: Option<String>) -> String {
    let url = value.unwrap_or_default();
    assert!(
        url.starts_with("http"),
        "this test needs LocalStack: run it by `tests/run --only test`, or start one with \
         `tests/tools/localstack start DIR` and set {URL_VARIABLE} to the URL that it prints"
    );
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::from_value;

    #[test]
    fn the_url_loses_its_last_slash() {
        let url = from_value(Some("http://127.0.0.1:4566/".to_owned()));
        assert_eq!(url, "http://127.0.0.1:4566");
    }

    #[test]
    #[should_panic(expected = "tests/tools/localstack start DIR")]
    fn without_the_variable_a_test_fails_and_says_how_to_start_localstack() {
        from_value(None);
    }

    #[test]
    #[should_panic(expected = "this test needs LocalStack")]
    fn an_empty_variable_counts_as_missing() {
        from_value(Some(String::new()));
    }
}
