//! Text of strangers where it stands among other text: nothing of it begins a line, turns the direction of
//! writing or talks to a terminal.

/// Whether a character changes how others are shown, and is none itself.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The character, or how it is written where it would change how others are shown.
pub fn visible(character: char) -> impl Iterator<Item = char> {
    let is_hidden = is_hidden(character);
    let escaped = is_hidden.then(|| character.escape_default());
    let plain = (!is_hidden).then_some(character);
    escaped.into_iter().flatten().chain(plain)
}
