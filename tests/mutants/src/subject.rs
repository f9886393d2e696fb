//! The crates whose mutants are tried, and what has to notice them.

use std::time::Duration;

/// A crate whose mutants are tried.
#[derive(Debug)]
pub struct Subject {
    /// Its name.
    pub package: &'static str,
    /// Its folder.
    pub folder: &'static str,
    /// With what it is compiled until all mutants that are in it do.
    pub(crate) compile: &'static [&'static str],
    /// Crates that are compiled as quickly as can be, since little of them runs. All others of the workspace are compiled
    /// rather quickly, since a mutant changes all that are built on it.
    pub(crate) most_quickly: &'static [&'static str],
    pub(crate) builds: &'static [Build],
    /// What is run for each mutant, the quickest first.
    pub(crate) steps: &'static [Step],
    /// What is run for those that are left then, unless an explanation says that nothing can notice them.
    pub(crate) last: &'static [Step],
}

/// Programs that are built with all mutants in them.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) arguments: &'static [&'static str],
    /// The programs that are run.
    pub(crate) programs: &'static [&'static str],
}

/// Tests that are run with one mutant. They notice it when they fail, or come to no end.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) program: &'static str,
    /// The folder that it is run in.
    pub(crate) folder: &'static str,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// How long it may compute.
    pub(crate) most: Duration,
    /// Whether time passes in it as it does, so that a busy machine can make it fail: what fails has to fail once more
    /// alone.
    pub(crate) live: bool,
}

/// Everything that is drawn is drawn alike each time, so that a mutant is noticed each time or never.
const DRAWN: (&str, &str) = ("PROPTEST_RNG_SEED", "20261122");
const FEW: &[(&str, &str)] = &[DRAWN, ("PROPTEST_CASES", "24")];
const MANY: &[(&str, &str)] = &[DRAWN, ("PROPTEST_CASES", "256")];

const TIMELINE: Subject = Subject {
    package: "timeline",
    folder: "shared/timeline",
    compile: &[
        "test",
        "--profile",
        "trial",
        "--no-run",
        "-p",
        "timeline",
        "--lib",
        "--test",
        "rules",
    ],
    most_quickly: &["timeline"],
    builds: &[Build {
        arguments: &[
            "test",
            "--profile",
            "trial",
            "--no-run",
            "-p",
            "timeline",
            "--lib",
            "--test",
            "rules",
        ],
        programs: &["timeline", "rules"],
    }],
    steps: &[
        Step {
            name: "the unit tests",
            program: "timeline",
            folder: "shared/timeline",
            arguments: &["--test-threads", "1"],
            environment: FEW,
            most: Duration::from_secs(20),
            live: false,
        },
        Step {
            name: "the quick rules",
            program: "rules",
            folder: "shared/timeline",
            arguments: &[
                "--test-threads",
                "1",
                "--skip",
                "size::",
                "--skip",
                "properties::",
                "--skip",
                "orders::",
                "--skip",
                "promises::",
                "--skip",
                "traits::",
            ],
            environment: FEW,
            most: Duration::from_secs(30),
            live: false,
        },
        Step {
            name: "the slow rules",
            program: "rules",
            folder: "shared/timeline",
            arguments: &[
                "--test-threads",
                "1",
                "properties::",
                "orders::",
                "promises::",
                "traits::",
            ],
            environment: FEW,
            most: Duration::from_secs(60),
            live: false,
        },
    ],
    last: &[Step {
        name: "all rules, with more cases",
        program: "rules",
        folder: "shared/timeline",
        arguments: &["--test-threads", "1"],
        environment: MANY,
        most: Duration::from_secs(600),
        live: false,
    }],
};

const STORE: Subject = Subject {
    package: "store",
    folder: "shared/store",
    compile: &[
        "build",
        "--profile",
        "trial",
        "-p",
        "simulation",
        "--bin",
        "simulate",
    ],
    most_quickly: &["connect-flow", "widget-sessions", "cornerstore"],
    builds: &[
        Build {
            arguments: &[
                "build",
                "--profile",
                "trial",
                "-p",
                "simulation",
                "--bin",
                "simulate",
            ],
            programs: &["simulate"],
        },
        Build {
            arguments: &[
                "test",
                "--profile",
                "trial",
                "--no-run",
                "-p",
                "store",
                "-p",
                "tests",
                "-p",
                "screen-pop",
                "-p",
                "link-customers",
                "-p",
                "edit-profile",
                "-p",
                "wrap-up",
                "--lib",
                "--test",
                "contract",
                "--test",
                "pops",
                "--test",
                "links",
                "--test",
                "candidates",
                "--test",
                "patches",
                "--test",
                "acts",
            ],
            programs: &[
                "store",
                "contract",
                "pops",
                "links",
                "candidates",
                "patches",
                "acts",
            ],
        },
    ],
    steps: &[
        Step {
            name: "the unit tests",
            program: "store",
            folder: "shared/store",
            arguments: &["--test-threads", "1"],
            environment: FEW,
            most: Duration::from_secs(20),
            live: false,
        },
        Step {
            name: "the simulation",
            program: "simulate",
            folder: "tests/simulation",
            arguments: &["run", "--histories", "12", "--first", "--threads", "1"],
            environment: &[],
            most: Duration::from_secs(60),
            live: false,
        },
    ],
    last: &[
        Step {
            name: "the contract",
            program: "contract",
            folder: "tests",
            arguments: &["--skip", "on_localstack", "--test-threads", "2"],
            environment: FEW,
            most: Duration::from_secs(120),
            live: true,
        },
        Step {
            name: "the tests of `screen-pop`",
            program: "pops",
            folder: "functions/screen-pop",
            arguments: &["--test-threads", "2"],
            environment: FEW,
            most: Duration::from_secs(120),
            live: true,
        },
        Step {
            name: "the tests of `link-customers`",
            program: "links",
            folder: "functions/link-customers",
            arguments: &["--test-threads", "2"],
            environment: FEW,
            most: Duration::from_secs(120),
            live: true,
        },
        Step {
            name: "the tests of the candidates of `link-customers`",
            program: "candidates",
            folder: "functions/link-customers",
            arguments: &["--test-threads", "2"],
            environment: FEW,
            most: Duration::from_secs(120),
            live: true,
        },
        Step {
            name: "the tests of `edit-profile`",
            program: "patches",
            folder: "functions/edit-profile",
            arguments: &["--test-threads", "2"],
            environment: FEW,
            most: Duration::from_secs(120),
            live: true,
        },
        Step {
            name: "the tests of `wrap-up`",
            program: "acts",
            folder: "functions/wrap-up",
            arguments: &["--test-threads", "2"],
            environment: FEW,
            most: Duration::from_secs(120),
            live: true,
        },
        Step {
            name: "more of the simulation",
            program: "simulate",
            folder: "tests/simulation",
            arguments: &[
                "run",
                "--histories",
                "60",
                "--seed",
                "13",
                "--first",
                "--threads",
                "1",
            ],
            environment: &[],
            most: Duration::from_secs(120),
            live: false,
        },
    ],
};

impl Subject {
    /// All of them.
    pub const ALL: [&'static Self; 2] = [&TIMELINE, &STORE];

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL
            .into_iter()
            .find(|subject| subject.package == name)
    }
}
