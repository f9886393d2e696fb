//! How far a look at the whole table has come, kept in a file.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Counts, PARTS};
use crate::cli::CliError;
use crate::files::open_private;

/// How often progress is told, in pages.
const TELL_EVERY: u64 = 20;
/// Largest file of progress that is read.
const MAX_PROGRESS: u64 = 64 * 1024;

/// Where each part of the table goes on; empty at its begin, and none where it is done.
type Places = BTreeMap<i32, Option<String>>;

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    table: String,
    mode: String,
    parts: i32,
    places: Places,
    counts: Counts,
}

/// How far a look at the whole table has come.
pub(super) struct Progress {
    file: Option<std::fs::File>,
    kept: Kept,
    pages: u64,
}

impl Progress {
    /// Goes on where a file says, if it is of the same look.
    pub(super) fn open(path: Option<&Path>, table: &str, repair: bool) -> Result<Self, CliError> {
        let begin = Kept {
            table: table.to_owned(),
            mode: if repair { "repair" } else { "check" }.to_owned(),
            parts: PARTS,
            places: (0..PARTS).map(|part| (part, Some(String::new()))).collect(),
            counts: Counts::default(),
        };
        let (mut file, mut kept) = (None, begin);
        if let Some(path) = path {
            let (opened, text) = read(path)?;
            if !text.is_empty() {
                kept = go_on(path, kept, &text)?;
            }
            file = Some(opened);
        }
        Ok(Self {
            file,
            kept,
            pages: 0,
        })
    }

    /// Where the parts that are not done go on.
    pub(super) fn open_places(&self) -> Vec<(i32, String)> {
        let places = self.kept.places.iter();
        places
            .filter_map(|(part, place)| Some((*part, place.clone()?)))
            .collect()
    }

    /// What was seen so far, by earlier calls too.
    pub(super) fn counts(&self) -> Counts {
        self.kept.counts
    }

    /// Notes that a page was looked at.
    pub(super) fn advance(
        &mut self,
        part: i32,
        next: Option<String>,
        seen: Counts,
    ) -> Result<(), CliError> {
        self.kept.counts.add(seen);
        self.kept.places.insert(part, next);
        self.pages += 1;
        if self.pages.is_multiple_of(TELL_EVERY) {
            anstream::eprintln!("{} checked so far", self.kept.counts.checked);
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let text = serde_json::to_string(&self.kept).map_err(CliError::Json)?;
        let mut write = || {
            file.rewind()?;
            file.set_len(0)?;
            file.write_all(text.as_bytes())
        };
        write().map_err(CliError::Progress)
    }
}

fn read(path: &Path) -> Result<(std::fs::File, String), CliError> {
    let failed = |source| CliError::File {
        path: path.display().to_string(),
        source,
    };
    let file = open_private(path).map_err(failed)?;
    let mut text = String::new();
    let mut limited = (&file).take(MAX_PROGRESS);
    limited.read_to_string(&mut text).map_err(failed)?;
    Ok((file, text))
}

/// What a file says, where it is of the look that begins.
fn go_on(path: &Path, begin: Kept, text: &str) -> Result<Kept, CliError> {
    let other = |why: String| CliError::ProgressOf {
        path: path.display().to_string(),
        why,
    };
    let kept: Kept =
        serde_json::from_str(text).map_err(|_| other("it is no file of progress".to_owned()))?;
    for (what, was, is) in [
        ("the table", &kept.table, &begin.table),
        ("the mode", &kept.mode, &begin.mode),
        (
            "the number of parts",
            &kept.parts.to_string(),
            &begin.parts.to_string(),
        ),
    ] {
        if was != is {
            return Err(other(format!("{what} was {was} and is {is}")));
        }
    }
    if !kept.places.keys().eq(begin.places.keys()) {
        return Err(other("it does not name each part".to_owned()));
    }
    if kept.places.values().all(Option::is_none) {
        anstream::eprintln!("{}: all parts were done, which begins anew", path.display());
        return Ok(begin);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(checked: u64) -> Counts {
        Counts {
            checked,
            ..Counts::default()
        }
    }

    #[test]
    fn a_look_goes_on_with_its_counts_and_begins_anew_when_all_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress");
        let mut first = Progress::open(Some(&path), "t", false).unwrap();
        assert_eq!(first.open_places().len(), PARTS as usize);
        first.advance(0, None, seen(3)).unwrap();
        first.advance(1, Some("p".to_owned()), seen(4)).unwrap();
        let mut second = Progress::open(Some(&path), "t", false).unwrap();
        assert_eq!(second.counts(), seen(7));
        let places = second.open_places();
        assert_eq!(places[0], (1, "p".to_owned()));
        assert_eq!(places.len(), PARTS as usize - 1);
        for (part, _) in places {
            second.advance(part, None, seen(0)).unwrap();
        }
        let third = Progress::open(Some(&path), "t", false).unwrap();
        assert_eq!(third.open_places().len(), PARTS as usize);
        assert_eq!(third.counts(), seen(0));
    }

    #[test]
    fn the_progress_of_another_look_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("progress");
        let mut first = Progress::open(Some(&path), "t", false).unwrap();
        first.advance(0, None, seen(3)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let refused = |table: &str, repair: bool| {
            let opened = Progress::open(Some(&path), table, repair);
            opened.err().map(|error| error.to_string()).unwrap()
        };
        assert!(refused("u", false).contains("the table was t and is u"));
        assert!(refused("t", true).contains("the mode was check and is repair"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        for (from, to, why) in [
            ("\"parts\":4", "\"parts\":8", "the number of parts was 8"),
            ("\"0\":null,", "", "each part"),
            ("{", "[", "no file of progress"),
        ] {
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            assert!(refused("t", false).contains(why), "{why}");
        }
    }
}
