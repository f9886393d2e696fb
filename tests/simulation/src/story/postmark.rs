//! Threads of mail through Postmark: what customers write, what became of what was written to them, and forgeries.

use timeline::Channel;

use super::draft::{Draft, Sending};
use super::ids::{digest, token, uuid};
use super::people::Person;
use super::time::{HOUR, MINUTE, SECOND, iso, rfc2822};
use super::{Content, Queue};

const SOURCE: &str = "postmark";
/// Where Postmark's own mails have their Message-IDs.
const DOMAIN: &str = "mtasv.net";

/// A mail that a customer writes.
struct Letter<'a> {
    id: String,
    own: String,
    /// The thread's first mail, where it is not this one.
    root: Option<&'a str>,
    spam: bool,
}

/// A thread, begun by the customer or by a mail of the company's that the customer answers.
pub(super) fn thread(draft: &mut Draft<'_>) {
    let person = draft.person();
    let mut at = draft.beginning();
    let begun_by_company = draft.one_in(3);
    let root = if begun_by_company {
        format!("{}@{DOMAIN}", uuid(draft.rng))
    } else {
        format!("{}@mail.example.com", token(draft.rng, 16))
    };
    let key = digest(&[&root, &person.email_key()]);
    let interaction = format!("postmark:{key}");
    if begun_by_company {
        at = sent_out(draft, &person, &root, &interaction, at);
    }
    let letters = draft.rng.usize(1..=3);
    for place in 0..letters {
        let is_first = place == 0 && !begun_by_company;
        let own = if is_first {
            root.clone()
        } else {
            format!("{}@mail.example.com", token(draft.rng, 16))
        };
        let letter = Letter {
            id: uuid(draft.rng),
            own,
            root: Some(root.as_str()).filter(|_| !is_first),
            spam: false,
        };
        let body = written(draft, &person, &letter, at);
        let sending = Sending::of(Queue::Email, "postmark mail", SOURCE, body);
        draft.send(
            at,
            sending.tells(
                &interaction,
                format!("postmark:{}", letter.id),
                Content::at_second("mail", at),
            ),
        );
        at += draft.between(MINUTE, 3 * HOUR);
    }
    draft.expect(&interaction, Channel::Email, Some(person.mailto()), false);
    if draft.one_in(4) {
        forged(draft, &person, &root, at);
    }
}

/// Somebody writes under the customer's address into the thread. It stands alone and is nobody's.
fn forged(draft: &mut Draft<'_>, person: &Person, root: &str, at: i64) {
    let letter = Letter {
        id: uuid(draft.rng),
        own: format!("{}@bulk.example.net", token(draft.rng, 16)),
        root: Some(root),
        spam: true,
    };
    let interaction = format!("postmark:unverified:{}", letter.id);
    let body = written(draft, person, &letter, at);
    let sending = Sending::of(Queue::Email, "postmark mail, forged", SOURCE, body);
    draft.send(
        at,
        sending.tells(
            &interaction,
            format!("postmark:{}", letter.id),
            Content::at_second("mail", at),
        ),
    );
    draft.expect(&interaction, Channel::Email, None, true);
}

/// What Postmark tells of a mail of the company's, in any order. Gives when the last of it happened.
fn sent_out(
    draft: &mut Draft<'_>,
    person: &Person,
    root: &str,
    interaction: &str,
    began: i64,
) -> i64 {
    let mail = root.trim_end_matches(DOMAIN).trim_end_matches('@');
    let to = person.email_key();
    let mut at = began;
    for (kind, record) in [("Delivery", "DeliveredAt"), ("Open", "ReceivedAt")] {
        at += draft.between(SECOND, MINUTE);
        let name = match kind {
            "Delivery" => "postmark Delivery",
            _ => "postmark Open",
        };
        let more = match kind {
            "Open" => {
                r#","FirstOpen":true,"UserAgent":"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101","Client":{"Name":"Firefox"}"#
            }
            _ => r#","Details":"smtp;250 2.0.0 OK""#,
        };
        let body = format!(
            r#"{{"RecordType":"{kind}","ServerID":23,"MessageStream":"outbound","MessageID":"{mail}","Tag":"bid","Metadata":{{}},"Recipient":"{to}","{record}":"{}"{more}}}"#,
            iso(at)
        );
        let sending = Sending::of(Queue::Email, name, SOURCE, body);
        draft.send(
            at,
            sending.tells(
                interaction,
                format!("postmark:{mail}:{kind}"),
                Content::at("reached", at),
            ),
        );
    }
    at + MINUTE
}

fn written(draft: &mut Draft<'_>, person: &Person, letter: &Letter<'_>, at: i64) -> String {
    let references = letter.root.map_or(String::new(), |root| {
        format!(
            r#",{{"Name":"In-Reply-To","Value":"<{root}>"}},{{"Name":"References","Value":"<{root}>"}}"#
        )
    });
    let (re, spam) = (
        if letter.root.is_some() { "Re: " } else { "" },
        if letter.spam { "Yes" } else { "No" },
    );
    let text = draft.pick(&[
        "Good morning,\\r\\nplease send the contract.\\r\\n",
        "Agreed.\\n\\n> please sign\\n",
        "Gr\\u00fc\\u00dfe \\ud83d\\udc4b",
    ]);
    format!(
        r#"{{"FromName":"{name}","MessageStream":"inbound","From":"{email}","FromFull":{{"Email":"{email}","Name":"{name}","MailboxHash":""}},"To":"\"Help\" <help@shop.example.org>","ToFull":[{{"Email":"help@shop.example.org","Name":"Help","MailboxHash":""}}],"Cc":"","CcFull":[],"OriginalRecipient":"help@shop.example.org","Subject":"{re}Bid for plot 12","MessageID":"{id}","ReplyTo":"","MailboxHash":"","Date":"{date}","TextBody":"{text}","HtmlBody":"","StrippedTextReply":"","Tag":"","Headers":[{{"Name":"X-Spam-Status","Value":"{spam}"}},{{"Name":"X-Spam-Tests","Value":"DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,SPF_PASS"}},{{"Name":"Received-SPF","Value":"Pass (sender SPF authorized)"}},{{"Name":"Message-ID","Value":"<{own}>"}}{references}],"Attachments":[]}}"#,
        name = person.name,
        email = person.email,
        id = letter.id,
        own = letter.own,
        date = rfc2822(at),
    )
}
