//! Values that somebody named: `password=…`, `"token": "…"`, `Authorization: …`, in the ways of logs, JSON,
//! JSON within JSON, forms, headers, XML and what Rust prints.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::HIDDEN;

/// Parts of names; what has one in its name is secret.
const NAMES: &str = "passw(?:or)?d|passwort|passphrase|passwd|pwd|secret|token|api[_-]?key|access[_-]?key\
    |private[_-]?key|signing[_-]?key|sentry[_-]key|authorization|cookie|credential|session[_-]?id|dsn|otp|jwt|biscuit";

static NAME: LazyLock<Regex> = LazyLock::new(|| regex(&format!("(?i:{NAMES})")));

/// A name and what leads from it to its value: a colon or the like, a bracket, the rest of a tag, or the two
/// line breaks of a form's part.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let rest = r"[A-Za-z0-9_.-]*(?:\\*[\x22']|%22|%27)?";
    let sign = r"\s*(?:(?:\]|%5[Dd])\s*)?(?:[=-]?>|[:=]+|%3[AaDd])(?:\s|%20|\+)*";
    let value = r"\s*,?\s*\\*[\x22']?value\\*[\x22']?\s*[:=]\s*";
    regex(&format!(r"(?i:{NAMES}){rest}(\(|{value}|{sign}|(?:\r?\n){{2}})"))
});

/// A name as an option of a command: `--password hunter2`.
static OPTION: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"(--[\w-]*(?i:{NAMES})[\w-]*\s+)[^\s-]\S*")));

/// Where the next value begins, after one that is not in quotes.
static NEXT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[\r\n]|[,;&]\s*\\*[\x22']?[A-Za-z_][A-Za-z0-9_.-]*\\*[\x22']?\s*[:=]"));

/// Names of headers whose values are lists of names and values.
static HEADER: LazyLock<Regex> = LazyLock::new(|| regex("(?i:authorization|cookie)"));

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("it is written here")
}

/// Whether what has this name must not leave.
pub fn names_a_secret(name: &str) -> bool {
    NAME.is_match(name)
}

pub(super) fn scrub(text: &str) -> Cow<'_, str> {
    let mut scrubbed = String::new();
    let mut done = 0;
    while let Some(found) = NAMED.captures_at(text, done) {
        let all = found.get(0).expect("all of it");
        let leading = found.get(1).expect("it is part of every match").as_str();
        let end = all.end() + length_of(&text[all.end()..], all.as_str(), leading);
        scrubbed.push_str(&text[done..all.end()]);
        scrubbed.push_str(HIDDEN);
        done = end;
    }
    if done == 0 {
        return text.into();
    }
    scrubbed.push_str(&text[done..]);
    scrubbed.into()
}

pub(super) fn scrub_options(text: &str) -> Cow<'_, str> {
    OPTION.replace_all(text, "${1}[hidden]")
}

/// How long the value is with which this begins.
fn length_of(rest: &str, named: &str, leading: &str) -> usize {
    let sign = leading.trim_start().as_bytes().first();
    let begins = match enclosed(rest) {
        // What ends where brackets or quotes do is all of it.
        Some(end) if sign != Some(&b'=') && !goes_on(&rest[end..]) => return end,
        Some(end) => end,
        None => 0,
    };
    let rest = &rest[begins..];
    let is_header = HEADER.is_match(named);
    begins
        + match sign {
            // A line of its own, and what may have anything in it.
            None => rest.find('\n').unwrap_or(rest.len()),
            Some(b':') if is_header => rest.find('\n').unwrap_or(rest.len()),
            Some(b':') => NEXT.find(rest).map_or(rest.len(), |next| next.start()),
            Some(b'(') => rest.find([')', '\n']).unwrap_or(rest.len()),
            // Within markup, up to its end.
            Some(b'>') => rest.find(['<', '\n']).unwrap_or(rest.len()),
            _ => rest.find(|c: char| c.is_whitespace() || c == '&').unwrap_or(rest.len()),
        }
}

/// Whether a value can't be over before this.
fn goes_on(rest: &str) -> bool {
    rest.starts_with(|c: char| !c.is_whitespace() && !",;&)}]<>\"'\\%".contains(c))
}

/// Where the quotes or brackets end with which this begins, perhaps after a word as in `Some("…")`.
fn enclosed(rest: &str) -> Option<usize> {
    if let Some(end) = quoted(rest) {
        return Some(end);
    }
    if let Some(inner) = rest.strip_prefix("%22") {
        return Some(inner.find("%22").map_or(rest.len(), |end| end + "%22%22".len()));
    }
    let word = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    rest[word..].starts_with(['[', '{', '(']).then(|| word + bracketed(&rest[word..]))
}

/// Where the text in quotes ends with which this begins. The quotes may themselves be written within others,
/// and then each has backslashes before it.
fn quoted(rest: &str) -> Option<usize> {
    let began = slashes(rest);
    let quote = rest.as_bytes().get(began).copied().filter(|byte| b"\"'".contains(byte))?;
    let mut before = 0;
    for (at, byte) in rest.bytes().enumerate().skip(began + 1) {
        match byte {
            b'\\' => before += 1,
            _ if byte == quote && ends(before, began) => return Some(at + 1),
            _ => before = 0,
        }
    }
    Some(rest.len())
}

fn slashes(rest: &str) -> usize {
    rest.bytes().take_while(|byte| *byte == b'\\').count()
}

/// Whether a quote with so many backslashes before it ends what began with so many.
fn ends(before: usize, began: usize) -> bool {
    if began == 0 { before.is_multiple_of(2) } else { before <= began }
}

/// Up to where the first bracket is closed, or all.
fn bracketed(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(c) = rest[at..].chars().next() {
        if let Some(end) = quoted(&rest[at..]) {
            at += end;
            continue;
        }
        at += c.len_utf8().max(slashes(&rest[at..]));
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' if depth <= 1 => return at,
            ']' | '}' | ')' => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}
