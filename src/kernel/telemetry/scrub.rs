//! What has no place in telemetry and may have slipped into a text: tokens, secrets, passwords and mail
//! addresses. It is the last guard, not the first: nobody should write them there.

/// Shorter words are too short to be a token.
const SHORTEST_TOKEN: usize = 40;

const HIDDEN: &str = "[hidden]";

/// Beginnings of secrets that this server or its neighbours give out.
const BEGINNINGS: [&str; 3] = ["whsec_", "sk_", "ghp_"];

/// Words after which a secret comes.
const BEFORE: [&str; 9] = [
    "bearer",
    "password",
    "passwd",
    "secret",
    "token",
    "authorization",
    "api_key",
    "apikey",
    "steading_session",
];

/// Hides what looks like a secret.
pub(super) fn scrub(text: &mut String) {
    if !is_suspect(text) {
        return;
    }
    let mut clean = String::with_capacity(text.len());
    let mut follows_announcement = false;
    for piece in text.split_inclusive(is_break) {
        let (word, end) = match piece.chars().next_back().filter(|last| is_break(*last)) {
            Some(last) => piece.split_at(piece.len() - last.len_utf8()),
            None => (piece, ""),
        };
        let announced = follows_announcement && !word.is_empty();
        let announces = BEFORE.contains(&word.to_ascii_lowercase().as_str());
        match is_secret(word) || announced && !announces && is_value(word) {
            true => clean.push_str(HIDDEN),
            false => clean.push_str(word),
        }
        clean.push_str(end);
        // `password=x`, `"token": "x"` and `Bearer x`, but not `the token is over`.
        let joins = matches!(end, "=" | ":" | "\"" | " ");
        let is_spoken = end == " " && !word.eq_ignore_ascii_case("bearer");
        follows_announcement =
            announces && joins && !is_spoken || follows_announcement && word.is_empty() && joins;
    }
    *text = clean;
}

/// A quick look at what most texts have nothing of.
fn is_suspect(text: &str) -> bool {
    let has_long_word = || text.split(is_break).any(|word| word.len() >= SHORTEST_TOKEN);
    let has_marked = || {
        let lower = text.to_ascii_lowercase();
        BEGINNINGS.iter().chain(&BEFORE).any(|mark| lower.contains(mark))
    };
    text.contains('@') || has_long_word() || has_marked()
}

fn is_break(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '=' | ':' | '"' | '\'' | ',' | ';' | '(' | ')' | '<' | '>' | '&' | '?' | '`')
}

/// Any word after an announcement that ends in a sign, so that what a handler says of tokens stays.
fn is_value(word: &str) -> bool {
    word.len() >= 4
}

fn is_secret(word: &str) -> bool {
    if word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
        return true;
    }
    if BEGINNINGS.iter().any(|beginning| word.starts_with(beginning) && word.len() > 10) {
        return true;
    }
    let is_of_token =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'/');
    let is_mixed = word.bytes().any(|byte| byte.is_ascii_uppercase())
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
        && word.bytes().any(|byte| byte.is_ascii_digit());
    word.len() >= SHORTEST_TOKEN && is_mixed && word.bytes().all(is_of_token)
}

#[cfg(test)]
mod tests {
    use super::scrub;

    fn scrubbed(text: &str) -> String {
        let mut text = text.to_owned();
        scrub(&mut text);
        text
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let token = "EocBCh0KBHVzZXIKBXRlbmFudBgDIgkKBwgKEgMYgAgSJAgAEiDa9Bc";
        assert_eq!(
            scrubbed(&format!("Authorization: Bearer {token}, again")),
            "Authorization: Bearer [hidden], again"
        );
        assert_eq!(scrubbed(&format!("it sent {token}")), "it sent [hidden]");
        assert_eq!(scrubbed("password=hunter22&next=1"), "password=[hidden]&next=1");
        assert_eq!(scrubbed(r#"{"password":"hunter22","a":1}"#), r#"{"password":"[hidden]","a":1}"#);
        assert_eq!(scrubbed("signed with whsec_MfKQ9r8GKYqrTwjU"), "signed with [hidden]");
        assert_eq!(scrubbed("no mailbox ada@example.org (yet)"), "no mailbox [hidden] (yet)");
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            "The token is over; sign in again.",
            "Nobody accepts connections at 127.0.0.1:8080; check that it runs.",
            "trace 4bf92f3577b34da6a3ce929d0e0e4736 of job 0198c1de-7f00-7000-8000-000000000000",
            "src/kernel/telemetry/a_rather_long_name_of_a_module_in_lower_case",
            "3 @ 4",
        ] {
            assert_eq!(scrubbed(text), text);
        }
    }
}
