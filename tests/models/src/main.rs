//! Checks every model and prints what it found: `cargo run -p models [-- [--large] [--write FILE]]`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use models::{Row, rows};

/// What was asked for.
#[derive(Default)]
struct Asked {
    large: bool,
    write: Option<PathBuf>,
}

fn asked(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--large" => asked.large = true,
            "--write" => {
                let file = arguments.next().ok_or("--write wants a file")?;
                asked.write = Some(file.into());
            }
            other => return Err(format!("`{other}` is none of --large, --write FILE")),
        }
    }
    Ok(asked)
}

fn told(row: &Row) -> String {
    let checked = &row.checked;
    let mut told = format!(
        "{:<7} {:>10} states {:>6} deep {:>7.1} s   {} always on {} occasions   {}/{} faults found   {}\n        {}\n",
        row.name,
        checked.states,
        checked.depth,
        checked.took.as_secs_f64(),
        row.pairs.0,
        row.pairs.1,
        row.caught(),
        row.wrong.len(),
        if row.holds() { "holds" } else { "BROKEN" },
        row.size,
    );
    for (name, way) in &checked.broken {
        told += &format!("  broken: {name}\n  {way}\n");
    }
    for name in &checked.unreached {
        told += &format!("  never reached: {name}\n");
    }
    for (wrong, _) in row.wrong.iter().filter(|(_, caught)| caught.is_none()) {
        told += &format!("  not found: {wrong}\n");
    }
    if !row.settles() {
        told += &format!("  runs: {:?}\n", row.ends);
    }
    told
}

fn run(asked: &Asked) -> Result<bool, Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    let command = match asked.large {
        true => "cargo run --profile trial -p models -- --large",
        false => "cargo run -p models",
    };
    let mut proofs = Vec::new();
    let mut holds = true;
    for row in rows(asked.large) {
        out.write_all(told(&row).as_bytes())?;
        out.flush()?;
        holds &= row.holds();
        proofs.push(row.proof(command));
    }
    if let Some(file) = &asked.write
        && holds
    {
        std::fs::write(file, serde_json::to_string_pretty(&proofs)? + "\n")?;
    }
    Ok(holds)
}

fn main() -> ExitCode {
    let outcome = asked(std::env::args().skip(1)).map_err(Into::into);
    match outcome.and_then(|asked| run(&asked)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to hear that this could not be said.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}
