//! Text with bounds: once parsed it can't be too long, too short or carry control characters.

mod unseen;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

pub use unseen::{is_shaping, is_unseen, visible};

/// Text of `MIN` to `MAX` characters, without control characters other than tab and line breaks. A name has none of
/// those either, nor anything else that is not seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Text<const MIN: usize, const MAX: usize, const IS_NAME: bool = false>(String);

/// What somebody or something is called: one line, all of it seen.
pub type Name<const MIN: usize, const MAX: usize> = Text<MIN, MAX, true>;

impl<const MIN: usize, const MAX: usize, const IS_NAME: bool> FromStr for Text<MIN, MAX, IS_NAME> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = text.chars().count();
        if length < MIN || (MIN > 0 && text.trim().is_empty()) {
            return Err(format!("must have at least {MIN} visible character{}", plural(MIN)));
        }
        if length > MAX {
            return Err(format!("must have at most {MAX} characters; it has {length}"));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
            return Err("must not have control characters".into());
        }
        if IS_NAME && !unseen::is_seen(text) {
            return Err(
                "must be one line, without characters that are invisible or turn the direction of writing"
                    .into(),
            );
        }
        Ok(Self(text.into()))
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

impl<const MAX: usize, const IS_NAME: bool> Default for Text<0, MAX, IS_NAME> {
    fn default() -> Self {
        Self(String::new())
    }
}

impl<const MIN: usize, const MAX: usize, const IS_NAME: bool> Deref for Text<MIN, MAX, IS_NAME> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize, const IS_NAME: bool> From<Text<MIN, MAX, IS_NAME>> for String {
    fn from(text: Text<MIN, MAX, IS_NAME>) -> Self {
        text.0
    }
}

impl<const MIN: usize, const MAX: usize, const IS_NAME: bool> fmt::Display for Text<MIN, MAX, IS_NAME> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de, const MIN: usize, const MAX: usize, const IS_NAME: bool> Deserialize<'de>
    for Text<MIN, MAX, IS_NAME>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<const MIN: usize, const MAX: usize, const IS_NAME: bool> JsonSchema for Text<MIN, MAX, IS_NAME> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        let kind = if IS_NAME { "Name" } else { "Text" };
        format!("{kind}{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        match MIN {
            0 => json_schema!({ "type": "string", "maxLength": MAX }),
            _ => json_schema!({ "type": "string", "minLength": MIN, "maxLength": MAX, "pattern": "\\S" }),
        }
    }
}

/// Text as it is compared without regard to case, the same for every way of writing it. Lower case
/// alone would not do: the last sigma of a word, the long s and the sharp s each have two of them.
pub fn fold_case(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Text, fold_case};

    #[test]
    fn every_case_of_a_text_folds_to_the_same() {
        for text in ["Ada@Example.org", "Straße", "ΟΔΥΣΣΕΎΣ", "İstanbul", "ﬁn", "Ǆ", "\u{212a}elvin", "ſ"]
        {
            let folded = fold_case(text);
            for other in [text.to_uppercase(), text.to_lowercase(), folded.clone()] {
                assert_eq!(fold_case(&other), folded, "{text} as {other}");
            }
        }
        assert_ne!(fold_case("ada"), fold_case("adá"));
    }

    #[test]
    fn bounds_count_characters_not_bytes() {
        assert!("äöü".parse::<Text<1, 3>>().is_ok());
        assert!("äöüß".parse::<Text<1, 3>>().is_err());
    }

    #[test]
    fn blank_text_is_no_text() {
        assert!(" \n".parse::<Text<1, 10>>().is_err());
        assert!("".parse::<Text<0, 10>>().is_ok());
    }

    #[test]
    fn control_characters_are_refused() {
        assert!("bell\u{7}".parse::<Text<1, 10>>().is_err());
        assert!("two\nlines".parse::<Text<1, 10>>().is_ok());
    }
}
