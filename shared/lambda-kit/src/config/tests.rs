use super::*;

#[derive(Debug, PartialEq)]
struct Config {
    table: String,
    days: u32,
    secret: Sensitive<String>,
    region: Option<String>,
}

fn read(mut env: Env) -> Result<Config, ConfigError> {
    let table = env.required("TABLE_NAME");
    let days = env.parsed_or("RETENTION_DAYS", 0);
    let secret = env.required_secret("SALT");
    let region = env.optional("REGION");
    env.finish(|| {
        Some(Config {
            table: table?,
            days: days?,
            secret: secret?,
            region: region?,
        })
    })
}

#[test]
fn a_complete_environment_is_read_with_its_defaults() {
    let env = Env::from_map([
        ("TABLE_NAME", "timeline"),
        ("SALT", "s3cret"),
        ("REGION", ""),
    ]);
    let expected = Config {
        table: "timeline".into(),
        days: 0,
        secret: Sensitive::new("s3cret".into()),
        region: None,
    };
    assert_eq!(read(env), Ok(expected));
}

#[test]
fn three_problems_make_one_error_that_names_all_three() {
    let env = Env::from_map([("RETENTION_DAYS", "hunter2"), ("SALT", "  ")]);
    let error = read(env).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the environment is incomplete: TABLE_NAME is missing; \
         RETENTION_DAYS is not a valid u32; SALT is missing"
    );
    assert_eq!(
        error.names().collect::<Vec<_>>(),
        ["TABLE_NAME", "RETENTION_DAYS", "SALT"]
    );
}

#[test]
fn an_error_never_shows_a_value() {
    let env = Env::from_map([("RETENTION_DAYS", "hunter2"), ("SALT", "hunter2")]);
    let error = read(env).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn a_wrong_value_is_never_replaced_by_the_default() {
    let mut env = Env::from_map([("RETENTION_DAYS", "-1"), ("LIMIT", "many")]);
    assert_eq!(env.parsed_or::<u32>("RETENTION_DAYS", 30), None);
    assert_eq!(env.optional_parsed::<u32>("LIMIT"), None);
    assert_eq!(env.optional_parsed::<u32>("ABSENT"), Some(None));
    let error = env.finish(|| Some(())).unwrap_err();
    assert_eq!(
        error.names().collect::<Vec<_>>(),
        ["RETENTION_DAYS", "LIMIT"]
    );
}

#[test]
fn a_value_that_parses_is_taken() {
    let mut env = Env::from_map([("RETENTION_DAYS", "90"), ("STRICT", "true")]);
    assert_eq!(env.parsed_or::<u32>("RETENTION_DAYS", 30), Some(90));
    assert_eq!(env.parsed::<bool>("STRICT"), Some(true));
    assert_eq!(env.finish(|| Some(())), Ok(()));
}

#[test]
fn problems_across_variables_join_the_same_error() {
    let mut env = Env::from_map([("A", "1")]);
    env.required("B");
    env.refuse("A", "must not be set without B");
    let error = env.finish(|| Some(())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the environment is incomplete: B is missing; A must not be set without B"
    );
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_a_problem_and_not_missing() {
    use std::os::unix::ffi::OsStringExt;

    let mut env = Env::from_map([("NAME", OsString::from_vec(vec![0xff, 0xfe]))]);
    assert_eq!(env.required("NAME"), None);
    let error = env.finish(|| Some(())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the environment is incomplete: NAME is not UTF-8"
    );
}

#[test]
fn a_function_has_the_name_under_which_it_is_deployed_and_else_its_own() {
    let named = |name: &str| {
        let env = Env::from_map([("AWS_LAMBDA_FUNCTION_NAME", name)]);
        env.function_name("ingest-call")
    };
    assert_eq!(named("desk-ingest-call"), "desk-ingest-call");
    assert_eq!(named(""), "ingest-call");
    let bare = Env::from_map([("TABLE_NAME", "timeline")]);
    assert_eq!(bare.function_name("ingest-call"), "ingest-call");
}
