//! The words of an HTML mail.

use mail_parser::decoders::html::add_html_token;

/// Longest name between `&` and `;`.
const MAX_ENTITY: usize = 32;

/// Elements whose content is not for reading.
const UNREAD: [&str; 5] = ["script", "style", "title", "template", "svg"];

/// Elements that stand on lines of their own.
const BLOCKS: [&str; 31] = [
    "address",
    "article",
    "blockquote",
    "body",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
    "figure",
];

/// The text as a reader would see it: one line per block, white space folded. One pass; what is not closed is
/// dropped up to the end, as a browser would.
pub(crate) fn to_text(html: &str) -> String {
    let mut page = Page::default();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        page.text(&rest[..open]);
        let after = &rest[open + 1..];
        rest = if let Some(comment) = after.strip_prefix("!--") {
            // `<!-->` is a whole comment too.
            comment
                .strip_prefix('>')
                .or_else(|| after_first(comment, "-->"))
                .unwrap_or_default()
        } else if after
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
        {
            element(&mut page, after)
        } else {
            page.text("<");
            after
        };
    }
    page.text(rest);
    page.out
}

/// Takes the tag at the beginning of `tag`, and the content of what is not for reading; what follows is returned.
fn element<'a>(page: &mut Page, tag: &'a str) -> &'a str {
    let name_at = usize::from(tag.starts_with('/'));
    let name_end = tag[name_at..]
        .find(|c: char| !c.is_ascii_alphanumeric())
        .map_or(tag.len(), |end| name_at + end);
    let name = tag[name_at..name_end].to_ascii_lowercase();
    let Some(end) = tag_end(tag) else { return "" };
    let rest = &tag[end + 1..];
    if BLOCKS.contains(&name.as_str()) {
        page.gap = Gap::Line;
    } else if matches!(name.as_str(), "td" | "th") {
        page.gap = page.gap.max(Gap::Space);
    }
    let closes_itself = tag[..end].ends_with('/');
    if name_at == 0 && !closes_itself && UNREAD.contains(&name.as_str()) {
        return closing_tag(rest, &name);
    }
    rest
}

/// Where the tag's `>` stands, which does not count within quotes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) => quote = (open != byte).then_some(open),
            (None, b'>') => return Some(at),
            // A quote elsewhere than after `=` is a stray one.
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (None, _) => {}
        }
        if !byte.is_ascii_whitespace() {
            after_equals = byte == b'=';
        }
    }
    None
}

/// What begins at the closing tag `</name`; nothing when it never comes.
fn closing_tag<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        let after = &rest.as_bytes()[at + 2..];
        if after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
            return &rest[at..];
        }
        rest = &rest[at + 2..];
    }
    ""
}

fn after_first<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).map(|at| &text[at + mark.len()..])
}

/// What stands between two words.
#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
}

/// The text so far, and the gap before what comes next.
#[derive(Default)]
struct Page {
    out: String,
    gap: Gap,
}

impl Page {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            self.words(&rest[..at]);
            let entity = &rest.as_bytes()[at..rest.len().min(at + MAX_ENTITY)];
            let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
            let name = entity[1..].iter().take_while(|byte| in_name(byte)).count();
            match (entity.get(name + 1) == Some(&b';')).then_some(name + 1) {
                Some(end) => {
                    let mut character = String::new();
                    add_html_token(&mut character, &entity[..=end], false);
                    self.words(&character);
                    rest = &rest[at + end + 1..];
                }
                None => {
                    self.words("&");
                    rest = &rest[at + 1..];
                }
            }
        }
        self.words(rest);
    }

    fn words(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                // Fillers that hide the beginning of the mail from the inbox's preview.
                '\u{200b}' | '\u{feff}' | '\u{34f}' | '\u{ad}' => {}
                c if c.is_whitespace() => self.gap = self.gap.max(Gap::Space),
                c => {
                    match self.gap {
                        Gap::Space if !self.out.is_empty() => self.out.push(' '),
                        Gap::Line if !self.out.is_empty() => self.out.push('\n'),
                        Gap::None | Gap::Space | Gap::Line => {}
                    }
                    self.gap = Gap::None;
                    self.out.push(c);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_on_lines_and_words_in_one_stay_together() {
        let html = "<div dir=\"ltr\">Dear <b>sh</b>op,<div>my\n order&nbsp;is <i>late</i></div></div><p>Ada</p>";
        assert_eq!(to_text(html), "Dear shop,\nmy order is late\nAda");
        assert_eq!(to_text("<tr><td>a</td><td>b</td></tr><tr><td>c"), "a b\nc");
    }

    #[test]
    fn what_is_not_for_reading_is_left_out() {
        let html = "<html><head><title>T</title><STYLE>p > a { x: '<' }</STYLE></head><!-- <p>no --><body>\
            <script>if (a < b) alert('</p>')</script>yes<!--[if mso]>no<![endif]--><svg/> &amp; so";
        assert_eq!(to_text(html), "yes & so");
    }

    #[test]
    fn characters_are_decoded_and_lonely_signs_stay() {
        assert_eq!(
            to_text("&Uuml;ber &#8364; 5 &#x41; &unknown; a &lt; b & c < d"),
            "Über € 5 A &unknown; a < b & c < d"
        );
        assert_eq!(to_text("&; &#; &#0;x &#xffffffff;"), "&; &#; \0x \u{fffd}");
        assert_eq!(to_text("<a title='a>b' href=\"x>y\">z</a>"), "z");
        assert_eq!(to_text("hid\u{200b}den<!-->seen"), "hiddenseen");
    }

    #[test]
    fn what_is_never_closed_ends_the_text() {
        assert_eq!(to_text("a<p title=\"never"), "a");
        assert_eq!(to_text("a<script>x"), "a");
        assert_eq!(to_text("a<!-- x"), "a");
        assert_eq!(to_text("a<"), "a<");
    }
}
