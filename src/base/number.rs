//! Whole numbers with bounds: once parsed they lie between them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Number<MIN, MAX> {
    /// A number that stands in the source.
    pub const fn of(number: u32) -> Self {
        assert!(MIN <= number && number <= MAX, "the number lies outside its bounds");
        Self(number)
    }

    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Number<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let fitting = u32::try_from(number).ok().filter(|number| (MIN..=MAX).contains(number));
        fitting.map(Self).ok_or_else(|| de::Error::custom(format!("must lie between {MIN} and {MAX}")))
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Number<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Number{MIN}to{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// A large whole number, up to what every program that reads JSON takes exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Amount(u64);

impl Amount {
    pub const MOST: u64 = (1 << 53) - 1;

    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        let fits = number <= Self::MOST;
        fits.then_some(Self(number))
            .ok_or_else(|| de::Error::custom(format!("must lie between 0 and {}", Self::MOST)))
    }
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": Self::MOST })
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn only_whole_numbers_within_the_bounds_are_numbers() {
        let read = |text: &str| serde_json::from_str::<Number<5, 9>>(text).map(Number::get);
        assert_eq!((read("5").ok(), read("9").ok()), (Some(5), Some(9)));
        for text in ["4", "10", "-5", "5.5", "\"5\"", "99999999999"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
