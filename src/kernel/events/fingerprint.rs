//! What errors have in common: the handler, and the text without what differs each time.

use ring::digest::{SHA256, digest};

/// Characters of an error that count.
const COUNTED: usize = 300;

/// The same for errors that differ in numbers, ids and quoted text only.
pub(in crate::kernel) fn fingerprint(handler: &str, error: &str) -> String {
    let mut text = format!("{handler}\n");
    let mut quote = None;
    for word in
        error.chars().take(COUNTED).collect::<String>().split_inclusive(|c: char| !c.is_alphanumeric())
    {
        let (plain, end) = match word.char_indices().last() {
            Some((at, last)) if !last.is_alphanumeric() => (&word[..at], Some(last)),
            _ => (word, None),
        };
        if quote.is_none() {
            text.push_str(if plain.contains(|c: char| c.is_ascii_digit()) { "#" } else { plain });
        }
        match end {
            Some(mark @ ('"' | '“' | '”' | '`')) => {
                quote = match quote {
                    None => Some(mark),
                    Some(_) => None,
                };
                text.push('"');
            }
            Some(other) if quote.is_none() => text.push(other),
            _ => {}
        }
    }
    let digest = digest(&SHA256, text.as_bytes());
    digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn errors_that_differ_in_numbers_ids_and_quotes_are_alike() {
        let of = |error| fingerprint("mail", error);
        assert_eq!(of("503 after 12 ms"), of("502 after 7 ms"));
        assert_eq!(of("no user 0198c1de-7f00"), of("no user 0a98c1de-7f33"));
        assert_eq!(of("the request “A” is gone"), of("the request “B and C” is gone"));
        assert_ne!(of("time out"), of("refused"));
        assert_ne!(of("time out"), fingerprint("chat", "time out"));
    }
}
