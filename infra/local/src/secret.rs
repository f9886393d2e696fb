//! The stack's secret, made once and kept: it salts customer ids.

use std::io::{self, Read, Write};
use std::path::Path;

use crate::files::open_private;
use crate::stack::StackError;

/// The file's name in the stack's folder.
const FILE: &str = "stack.secret";
/// Shortest secret that the stack takes; it makes longer ones.
const MIN_SECRET: usize = 32;
/// Longest file that is read: nothing longer is a secret of this program.
const MAX_FILE: u64 = 4096;

/// The secret of the stack in this folder, made where there is none; a new one each time without a folder.
///
/// # Errors
/// The file cannot be read or written, or it holds no secret: every customer's id would change with another one.
pub(crate) fn stack_secret(folder: Option<&Path>) -> Result<String, StackError> {
    let failed = |source| StackError::File {
        what: "the stack's secret",
        source,
    };
    let Some(folder) = folder else {
        return make().map_err(failed);
    };
    let path = folder.join(FILE);
    match read(&path) {
        Ok(secret) if secret.trim().len() >= MIN_SECRET => Ok(secret.trim().to_owned()),
        Ok(_) => Err(StackError::Secret(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = make().map_err(failed)?;
            keep(&path, &secret).map_err(failed)?;
            Ok(secret)
        }
        Err(error) => Err(failed(error)),
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut secret = String::new();
    std::fs::File::open(path)?
        .take(MAX_FILE)
        .read_to_string(&mut secret)?;
    Ok(secret)
}

fn make() -> io::Result<String> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Renamed into place and synced, so that neither a kill nor a loss of power leaves half of a secret or, worse, tables
/// whose ids nobody can make again.
fn keep(path: &Path, secret: &str) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = open_private(&unfinished)?;
    file.set_len(0)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    // The name is in the folder, which is synced by itself.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let made = stack_secret(Some(folder.path())).unwrap();
        assert!(made.len() >= MIN_SECRET);
        assert_eq!(stack_secret(Some(folder.path())).unwrap(), made);
        assert_ne!(stack_secret(None).unwrap(), made);
    }

    #[test]
    fn what_a_kill_left_unfinished_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let long = "x".repeat(200);
        std::fs::write(folder.path().join("stack.unfinished"), &long).unwrap();
        let made = stack_secret(Some(folder.path())).unwrap();
        assert!(made.len() >= MIN_SECRET && !made.contains('x'));
        assert_eq!(stack_secret(Some(folder.path())).unwrap(), made);
    }

    #[test]
    fn a_secret_that_was_cut_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for cut in ["", "abc"] {
            std::fs::write(&path, cut).unwrap();
            let refused = stack_secret(Some(folder.path()));
            assert!(matches!(refused, Err(StackError::Secret(_))), "{refused:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), cut);
        }
    }
}
