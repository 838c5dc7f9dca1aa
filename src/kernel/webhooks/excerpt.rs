//! What is kept of what a stranger answers: a little, as text that can be shown anywhere.

use crate::base::text::visible;

/// Bytes of an answer that are kept.
pub(super) const LONGEST: usize = 1024;

/// The beginning of an answer.
pub(in crate::kernel) fn excerpt(body: &[u8]) -> String {
    let kept = &body[..body.len().min(LONGEST)];
    let mut text = String::with_capacity(kept.len());
    let mut pieces = kept.utf8_chunks().peekable();
    while let Some(piece) = pieces.next() {
        text.extend(piece.valid().chars().flat_map(visible));
        // A character that the limit cuts in two is left out.
        let is_the_cut = kept.len() < body.len() && pieces.peek().is_none();
        if !piece.invalid().is_empty() && !is_the_cut {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

/// A sentence with what a stranger says in it, which might be long.
pub(super) fn sentence(text: &str) -> String {
    text.chars().take(LONGEST).flat_map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_look_of_a_page_or_a_terminal_is_escaped() {
        for (body, kept) in [
            ("plain é 你 🦀 \"quoted\" <b>", "plain é 你 🦀 \"quoted\" <b>"),
            ("two\r\nlines\tand a tab", "two\\r\\nlines\\tand a tab"),
            ("\u{1b}[31mred\0\u{7f}\u{9b}", "\\u{1b}[31mred\\u{0}\\u{7f}\\u{9b}"),
            ("\u{202e}gnp.exe\u{2066}", "\\u{202e}gnp.exe\\u{2066}"),
        ] {
            assert_eq!(excerpt(body.as_bytes()), kept);
        }
        assert_eq!(excerpt(b"not \xff text \xe2\x82"), "not \u{fffd} text \u{fffd}");
    }

    #[test]
    fn only_the_beginning_is_kept_and_no_half_character_with_it() {
        assert_eq!(excerpt(&[b'x'; 1024]).len(), 1024);
        assert_eq!(excerpt(&[b'x'; 1025]).len(), 1024);
        let crabs = "🦀".repeat(300);
        assert_eq!(excerpt(format!("a{crabs}").as_bytes()), format!("a{}", "🦀".repeat(255)));
        assert_eq!(sentence(&"é".repeat(5000)), "é".repeat(1024));
    }
}
