//! Scrubbing: what leaves this machine, or is kept to be looked at, carries no password, token, secret or
//! mail address.
//!
//! Each rule knows one way in which such a thing is written. They take too much rather than too little: a
//! word that is lost can be looked up in the log here, a secret that got out can't be taken back.

mod named;

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use regex::{Captures, Regex};

use super::{Attribute, Line};

pub use named::names_a_secret;

/// What stands where something was.
pub const HIDDEN: &str = "[hidden]";

/// Bytes of a text that are looked at; the rest is cut off.
const LONGEST: usize = 64 * 1024;

/// What is a secret wherever it stands.
static KNOWN: LazyLock<Regex> = LazyLock::new(|| {
    regex(&[
        // Keys in PEM, with real line breaks or written ones.
        r"(?s:-----BEGIN [^-\n]{0,40}-----.*?(?:-----END [^-\n]{0,40}-----|\z))",
        // JSON Web Tokens and what is made like them.
        r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_=-]*)*",
        // Our webhooks' secrets, and keys of others who say what they are.
        r"(?:whsec_|whpk_|[sr]k_live_|[sr]k_test_|\bgh[pousr]_|github_pat_|glpat-|\bxox[a-z]-|AKIA)[A-Za-z0-9+/=_-]*",
        r"\$argon2[a-z]*\$[^\s\x22']+",
        r"(?i:\bbearer(?:\s|%20|\+)+)[^\s\x22',;&<>]+",
        // Long numbers in hex; a trace's id has 32 digits.
        r"[0-9a-fA-F]{40,}",
    ])
});

/// `https://name:password@host`, of which the host stays.
static USER_INFO: LazyLock<Regex> = LazyLock::new(|| regex(&[r"(://)[^\s/\x22'<>]*@"]));

/// A mail address, however its `@` is written.
static MAIL: LazyLock<Regex> = LazyLock::new(|| {
    let (name, at) = (r"[^\s\x22<>()\[\]{},;:=|\\/?&@]", r"(?:@|%40|%2540|&#64;|\\u0040|＠)");
    regex(&[
        &format!(r"\x22[^\x22\n]{{1,64}}\x22{at}[^\s\x22'<>(),;:|\\/?&]+"),
        &format!(r"{name}+{at}(?:\[[^\]\s]+\]|[^\s\x22'<>()\[\]{{}},;:=|\\/?&@]+)"),
    ])
});

/// What could be a name and a password in base64.
static BASIC: LazyLock<Regex> =
    LazyLock::new(|| regex(&[r"(?i:\b(?:basic|negotiate|digest)(?:\s|%20)+)([A-Za-z0-9+/_-]{4,}=*)"]));

/// So many characters in a row; when there are all kinds among them, nobody thought of it.
static WORD: LazyLock<Regex> = LazyLock::new(|| regex(&[r"[A-Za-z0-9+/=_-]{32,}"]));

fn regex(alternatives: &[&str]) -> Regex {
    Regex::new(&alternatives.join("|")).expect("it is written here")
}

/// The text without what must not leave.
pub fn scrub(text: &str) -> Cow<'_, str> {
    let text = named::scrub(head(text));
    let text = then(text, named::scrub_options);
    let text = then(text, |text| KNOWN.replace_all(text, HIDDEN));
    let text = then(text, |text| BASIC.replace_all(text, without_login));
    let text = then(text, |text| USER_INFO.replace_all(text, "${1}[hidden]@"));
    let text = then(text, |text| MAIL.replace_all(text, HIDDEN));
    then(text, |text| WORD.replace_all(text, without_random))
}

/// Scrubs a line of the log with what it has in its fields.
pub fn scrub_line(line: &mut Line) {
    scrub_text(&mut line.message);
    for (name, value) in &mut line.fields {
        match value {
            _ if names_a_secret(name) => *value = Attribute::Text(HIDDEN.into()),
            Attribute::Text(text) => {
                if let Cow::Owned(clean) = scrub(text) {
                    *text = clean.into();
                }
            }
            Attribute::Int(_) | Attribute::Real(_) | Attribute::Flag(_) => {}
        }
    }
}

pub fn scrub_text(text: &mut String) {
    if let Cow::Owned(clean) = scrub(text) {
        *text = clean;
    }
}

/// As much as is looked at, without the word in whose middle it is cut.
fn head(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let head = &text[..text.floor_char_boundary(LONGEST)];
    head.rfind(char::is_whitespace).map_or("", |end| &head[..end])
}

fn then<'t>(text: Cow<'t, str>, rule: impl for<'r> Fn(&'r str) -> Cow<'r, str>) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => rule(text),
        Cow::Owned(text) => {
            let changed = match rule(&text) {
                Cow::Owned(changed) => Some(changed),
                Cow::Borrowed(_) => None,
            };
            Cow::Owned(changed.unwrap_or(text))
        }
    }
}

fn without_login(found: &Captures<'_>) -> String {
    let (all, login) = (&found[0], &found[1]);
    let decoded = BASE64_STANDARD.decode(login).unwrap_or_default();
    if login.len() >= 16 || login.ends_with('=') || decoded.contains(&b':') {
        return format!("{}{HIDDEN}", &all[..all.len() - login.len()]);
    }
    all.into()
}

fn without_random(found: &Captures<'_>) -> String {
    let word = &found[0];
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    let is_random = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    if is_random { HIDDEN.into() } else { word.into() }
}

#[cfg(test)]
mod tests;
