//! The parts of a mail.
//!
//! Parts are found in one pass over the mail's lines, with a bounded stack of boundaries: nesting costs neither
//! recursion nor time, and a part's own fields and content are read only where they are wanted.

use mail_parser::ContentType;

use super::header::{Headers, line_at};

/// Longest beginning of a mail that is looked at. A queue's record holds no more than this.
pub(super) const MAX_MAIL_BYTES: usize = 1024 * 1024;
/// Deepest nesting that is followed; what lies deeper stands as one part.
const MAX_DEPTH: usize = 16;
/// Most parts that are looked at.
const MAX_PARTS: usize = 200;
/// Longest boundary; RFC 2046 allows 70 characters.
const MAX_BOUNDARY: usize = 256;

/// A mail in its parts.
pub(super) struct Mime<'a> {
    /// The mail's own header.
    pub(super) headers: Headers,
    /// Its parts that have no parts of their own, in their order. A mail in a mail is one of them.
    pub(super) leaves: Vec<Leaf<'a>>,
    /// How many bytes of the mail were not looked at.
    pub(super) beyond: usize,
}

/// A part without parts of its own.
pub(super) struct Leaf<'a> {
    /// Its header.
    pub(super) headers: Headers,
    /// Its `Content-Type`.
    pub(super) kind: Option<ContentType<'static>>,
    /// Its `Content-Disposition`.
    pub(super) disposition: Option<ContentType<'static>>,
    /// Its content as it was sent.
    pub(super) body: &'a [u8],
    /// Whether its end was seen.
    pub(super) complete: bool,
    /// The group of which one is to be chosen, if it is in one.
    pub(super) alternative: Option<usize>,
}

impl<'a> Mime<'a> {
    /// Finds the parts of a mail that is `beyond` bytes longer than `mail`.
    pub(super) fn read(mail: &'a [u8], beyond: usize) -> Self {
        let kept = &mail[..mail.len().min(MAX_MAIL_BYTES)];
        let beyond = beyond + mail.len() - kept.len();
        let first = kept
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())
            .unwrap_or(kept.len());
        let (headers, length) = Headers::read(&kept[first..]);
        let body_at = first + length;
        let whole = beyond == 0;
        let root = Part::new(headers.clone());
        let is_multipart = root
            .kind
            .as_ref()
            .is_some_and(|kind| kind.ctype() == "multipart");
        let mut walk = Walk::new(kept, body_at, whole);
        walk.run(root);
        if is_multipart && !walk.delimited {
            // The boundary that the header announces does not occur: what looks like one is taken, else the body is
            // one text.
            walk = Walk::new(kept, body_at, whole);
            walk.run(Part {
                boundary: guess(&kept[body_at..]),
                kind: None,
                headers: Headers::default(),
            });
        }
        Self {
            headers,
            leaves: walk.leaves,
            beyond,
        }
    }
}

/// A part before its content is looked at.
struct Part {
    headers: Headers,
    kind: Option<ContentType<'static>>,
    /// What its own parts are parted by, if it is a multipart.
    boundary: Option<Vec<u8>>,
}

impl Part {
    fn new(headers: Headers) -> Self {
        let kind = headers.parameters("content-type");
        let boundary = kind
            .as_ref()
            .filter(|kind| kind.ctype() == "multipart")
            .and_then(|kind| kind.attribute("boundary"))
            .map(|boundary| boundary.trim_end().as_bytes().to_vec())
            .filter(|boundary| (1..=MAX_BOUNDARY).contains(&boundary.len()));
        Self {
            headers,
            kind,
            boundary,
        }
    }
}

/// What comes after a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// Another part of the same mail.
    Part,
    /// What stands behind the last part of a multipart, and is nothing.
    Epilogue,
    /// The mail's end.
    End,
}

/// A multipart whose end has not come yet.
struct Open {
    boundary: Vec<u8>,
    alternative: Option<usize>,
}

struct Walk<'a> {
    mail: &'a [u8],
    at: usize,
    whole: bool,
    open: Vec<Open>,
    parts: usize,
    delimited: bool,
    leaves: Vec<Leaf<'a>>,
}

impl<'a> Walk<'a> {
    fn new(mail: &'a [u8], at: usize, whole: bool) -> Self {
        Self {
            mail,
            at,
            whole,
            open: Vec::new(),
            parts: 0,
            delimited: false,
            leaves: Vec::new(),
        }
    }

    fn run(&mut self, root: Part) {
        let mut part = root;
        while self.parts < MAX_PARTS {
            self.parts += 1;
            let mut after = self.part(part);
            while after == After::Epilogue {
                after = self.seek().1;
            }
            if after == After::End {
                break;
            }
            let (headers, length) = Headers::read(&self.mail[self.at..]);
            self.at += length;
            part = Part::new(headers);
        }
    }

    /// Takes the part whose content begins here: opens a multipart, or keeps a leaf.
    fn part(&mut self, part: Part) -> After {
        let around = self.open.last().and_then(|open| open.alternative);
        match part.boundary {
            Some(boundary) if self.open.len() < MAX_DEPTH => {
                let kind = part.kind.as_ref();
                let chooses = kind.is_some_and(|kind| kind.subtype() == Some("alternative"));
                self.open.push(Open {
                    boundary,
                    alternative: around.or(chooses.then_some(self.parts)),
                });
                self.seek().1
            }
            _ => {
                let start = self.at;
                let (end, after) = self.seek();
                self.leaves.push(Leaf {
                    disposition: part.headers.parameters("content-disposition"),
                    headers: part.headers,
                    kind: part.kind,
                    body: &self.mail[start..end.max(start)],
                    complete: self.whole || after != After::End,
                    alternative: around,
                });
                after
            }
        }
    }

    /// Goes behind the next line that is a boundary of an open multipart, and says where what stood before it ends.
    fn seek(&mut self) -> (usize, After) {
        while self.at < self.mail.len() && !self.open.is_empty() {
            let start = self.at;
            let (line, next) = line_at(self.mail, start);
            self.at = next;
            let Some((index, closes)) = line
                .strip_prefix(b"--")
                .and_then(|rest| self.matching(rest))
            else {
                continue;
            };
            self.delimited = true;
            self.open.truncate(if closes { index } else { index + 1 });
            let before = &self.mail[..start];
            let before = before.strip_suffix(b"\n").unwrap_or(before);
            let end = before.strip_suffix(b"\r").unwrap_or(before).len();
            let after = match (closes, self.open.is_empty()) {
                (false, _) => After::Part,
                (true, false) => After::Epilogue,
                (true, true) => After::End,
            };
            return (end, after);
        }
        self.at = self.mail.len();
        (self.mail.len(), After::End)
    }

    /// Which open multipart a line's rest behind `--` belongs to, and whether it is its end.
    fn matching(&self, rest: &[u8]) -> Option<(usize, bool)> {
        let open = self.open.iter().enumerate().rev();
        open.filter_map(|(index, open)| {
            match rest
                .strip_prefix(open.boundary.as_slice())?
                .trim_ascii_end()
            {
                b"" => Some((index, false)),
                b"--" => Some((index, true)),
                _ => None,
            }
        })
        .next()
    }
}

/// The first line of a body that looks like a boundary.
fn guess(body: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    while at < body.len() {
        let (line, next) = line_at(body, at);
        let boundary = line.strip_prefix(b"--").map(<[u8]>::trim_ascii_end);
        let (following, _) = line_at(body, next.min(body.len()));
        let content = b"content-";
        if let Some(boundary) = boundary
            && (1..=MAX_BOUNDARY).contains(&boundary.len())
            && following.len() > content.len()
            && following[..content.len()].eq_ignore_ascii_case(content)
        {
            return Some(boundary.to_vec());
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        let mut mail = String::new();
        for n in 0..depth {
            mail += &format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
        }
        mail + "Content-Type: text/plain\r\n\r\nthe end"
    }

    #[test]
    fn ten_thousand_nested_parts_are_followed_to_a_bounded_depth() {
        let mail = nested(10_000);
        let mime = Mime::read(mail.as_bytes(), 0);
        assert_eq!(mime.leaves.len(), 1);
        assert!(
            mime.leaves[0].body.len() > 100_000,
            "the rest stands as one part"
        );
        let shallow = nested(MAX_DEPTH);
        let shallow = Mime::read(shallow.as_bytes(), 0);
        assert_eq!(shallow.leaves[0].body, b"the end");
    }

    #[test]
    fn ten_thousand_parts_side_by_side_are_read_up_to_the_limit() {
        let mail = format!(
            "Content-Type: multipart/mixed; boundary=b\n\n{}--b--",
            "--b\nContent-Type: text/plain\n\nx\n".repeat(10_000)
        );
        let mime = Mime::read(mail.as_bytes(), 0);
        assert_eq!(mime.leaves.len(), MAX_PARTS - 1);
        assert_eq!(mime.leaves[0].body, b"x");
    }

    #[test]
    fn a_mail_longer_than_the_limit_is_read_in_its_beginning() {
        let mut mail = b"Subject: long\r\n\r\n".to_vec();
        mail.resize(3 * MAX_MAIL_BYTES, b'x');
        let mime = Mime::read(&mail, 5);
        assert_eq!(mime.beyond, 2 * MAX_MAIL_BYTES + 5);
        assert!(!mime.leaves[0].complete);
        assert_eq!(mime.leaves[0].body.len() + 17, MAX_MAIL_BYTES);
    }

    #[test]
    fn a_boundary_that_begins_with_another_is_not_taken_for_it() {
        let mail = "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\
            Content-Type: multipart/alternative; boundary=bb\n\n--bb\n\nplain\n--bb\n\
            Content-Type: text/html\n\nhtml\n--bb--\nepilogue\n--b\n\nlast\n--b--\nepilogue";
        let mime = Mime::read(mail.as_bytes(), 0);
        let bodies: Vec<_> = mime
            .leaves
            .iter()
            .map(|leaf| (leaf.body, leaf.alternative))
            .collect();
        let group = Some(2);
        assert_eq!(
            bodies,
            [(&b"plain"[..], group), (b"html", group), (b"last", None)]
        );
    }

    #[test]
    fn a_boundary_that_never_comes_is_guessed_else_the_body_is_one_text() {
        let guessed = "Content-Type: multipart/mixed; boundary=lost\n\n--found\nContent-Type: text/plain\n\nhello\n--found--\n";
        assert_eq!(Mime::read(guessed.as_bytes(), 0).leaves[0].body, b"hello");
        let nameless = guessed.replace("; boundary=lost", "");
        assert_eq!(Mime::read(nameless.as_bytes(), 0).leaves[0].body, b"hello");
        let none = "Content-Type: multipart/mixed; boundary=lost\n\nhello\n-- \nAda";
        let none = Mime::read(none.as_bytes(), 0);
        assert_eq!(none.leaves[0].body, b"hello\n-- \nAda");
    }
}
