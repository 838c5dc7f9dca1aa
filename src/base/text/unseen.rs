//! Characters that nobody sees, and those that change how others are shown. With them two names look the same, or one
//! reads as another, so names and addresses have none.

/// Whether a character is invisible by itself, turns the direction of writing, or controls a terminal.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
        )
}

/// The character, or how it is written where it would change how others are shown: text of a stranger then begins no line,
/// and talks to no terminal.
pub fn visible(character: char) -> impl Iterator<Item = char> {
    let is_unseen = is_unseen(character);
    let escaped = is_unseen.then(|| character.escape_default());
    let plain = (!is_unseen).then_some(character);
    escaped.into_iter().flatten().chain(plain)
}

/// Whether a character joins its neighbours or keeps them apart, as Persian, Indic and emoji are written.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

/// Whether a character picks a form of the one before it, as in Han and Mongolian names and in emoji.
fn is_selector(character: char) -> bool {
    matches!(character, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character does nothing but shape those beside it.
pub fn is_shaping(character: char) -> bool {
    is_joiner(character) || is_selector(character)
}

/// Whether everything in a line is seen: what shapes others stands where there is something to shape.
pub(super) fn is_seen(line: &str) -> bool {
    let mut before = ' ';
    line.chars().chain([' ']).all(|character| {
        let fits = match character {
            _ if is_unseen(character) => false,
            _ if is_selector(character) => !before.is_whitespace() && !is_shaping(before),
            _ if is_joiner(character) => !before.is_whitespace() && !is_joiner(before),
            _ => !character.is_whitespace() || !is_joiner(before),
        };
        before = character;
        fits
    })
}

#[cfg(test)]
mod tests {
    use super::is_seen;

    #[test]
    fn names_as_people_write_them_are_seen() {
        for name in [
            "",
            "Ada Lovelace",
            "Ada 👩\u{200d}💻",
            "❤\u{fe0f}\u{200d}🔥",
            "می\u{200c}نا",
            "ක\u{dca}\u{200d}ර",
            "שרה",
            "辻\u{e0100}",
            " two  words ",
        ] {
            assert!(is_seen(name), "{name:?}");
        }
    }

    #[test]
    fn what_nobody_sees_or_what_turns_the_writing_is_no_part_of_a_name() {
        for name in [
            "\u{200b}",
            "A\u{200b}da",
            "\u{202e}adA",
            "A\u{2066}da",
            "Ada\u{feff}",
            "A\u{2060}da",
            "A\u{ad}da",
            "\u{3164}",
            "A\u{e0041}da",
            "\u{200d}",
            "\u{200d}Ada",
            "Ada\u{200d}",
            "Ada \u{200d}L",
            "Ada\u{200c} L",
            "A\u{200c}\u{200d}da",
            "\u{fe0f}",
            "A\u{fe0f}\u{fe0f}",
            "two\nlines",
            "a\ttab",
            "A\u{2028}B",
        ] {
            assert!(!is_seen(name), "{name:?}");
        }
    }
}
