//! Input: the body, the query and the path as types that can't be wrong. What is wrong is named by
//! its path, all of it at once as far as it can be told.

use std::fmt::Display;
use std::ops::Deref;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::handler::{Call, FromCall};
use super::openapi::Operation;
use crate::base::json::{detail, every_detail};
use crate::base::{Error, Kind, Result};

/// The body of the request as a `T`.
pub struct Input<T>(pub T);

impl<T: DeserializeOwned + JsonSchema> FromCall for Input<T> {
    fn from_call(call: &mut Call) -> Result<Self> {
        parse_body(&call.body).map(Self)
    }

    fn describe(operation: &mut Operation) {
        operation.takes::<T>();
    }
}

/// The query of the request as a `T`.
pub struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + JsonSchema> FromCall for Query<T> {
    fn from_call(call: &mut Call) -> Result<Self> {
        parse_query(call.request.query_string()).map(Self)
    }

    fn describe(operation: &mut Operation) {
        operation.asks::<T>();
    }
}

/// The `{id}` of the route's path. What is no id can't exist, so it is not found, and the failure says what one is.
pub struct Path<T>(pub T);

impl<T: FromStr<Err: Display> + JsonSchema> FromCall for Path<T> {
    fn from_call(call: &mut Call) -> Result<Self> {
        let text = call.params.first().map_or("", |(_, value)| value.as_str());
        text.parse()
            .map(Self)
            .map_err(|why| Error::new(Kind::NotFound, format!("There is no such thing here: {why}.")))
    }

    fn describe(operation: &mut Operation) {
        operation.names::<T>();
    }
}

pub(super) fn parse_body<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    if body.is_empty() {
        return Err(not_json("The request has no body; send a JSON object.".into()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let error = match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => match deserializer.end() {
            Ok(()) if is_object(body) => return Ok(value),
            Ok(()) => return Err(Error::invalid("", "must be a JSON object")),
            Err(error) => return Err(not_json(format!("The body goes on after its JSON: {error}."))),
        },
        Err(error) => error,
    };
    let value: Value =
        serde_json::from_slice(body).map_err(|error| not_json(format!("The body is not JSON: {error}.")))?;
    if !value.is_object() {
        return Err(Error::invalid("", "must be a JSON object"));
    }
    // Reading text, the library calls a number in a word's place broken JSON; reading the value it
    // says what is wrong.
    let error = match error.inner().is_data() {
        true => error,
        false => serde_path_to_error::deserialize::<_, T>(&value).err().unwrap_or(error),
    };
    let first = detail(&error.path().to_string(), &error.inner().to_string());
    Err(Error::invalid_at(every_detail::<T>(value, first)))
}

/// A struct can be read from a list of its fields too, and that is not our API.
fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

pub(super) fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    let pairs = serde_urlencoded::Deserializer::new(form(query));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        Error::invalid_at(vec![detail(&error.path().to_string(), &error.inner().to_string())])
    })
}

fn form(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

fn not_json(message: String) -> Error {
    Error::new(Kind::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::base::text::Text;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Order {
        title: Text<1, 5>,
        count: u32,
    }

    fn details(body: &str) -> Vec<(String, String)> {
        let error = parse_body::<Order>(body.as_bytes()).expect_err("the body is wrong");
        error.details().iter().map(|detail| (detail.path.clone(), detail.message.clone())).collect()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let found = details(r#"{"title": "", "count": "x", "extra": 1}"#);
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["title", "count", "extra"]);
    }

    #[test]
    fn a_missing_field_has_its_own_path() {
        assert_eq!(details(r#"{"count": 1}"#), [("title".into(), "is required".into())]);
    }

    #[test]
    fn a_field_given_twice_is_refused() {
        assert_eq!(
            details(r#"{"title": "a", "title": "b", "count": 1}"#)[0],
            ("title".into(), "is given twice".into())
        );
    }

    #[test]
    fn a_number_in_a_words_place_is_named_by_its_path() {
        #[derive(Debug, Deserialize)]
        enum Colour {
            #[serde(rename = "red")]
            Red,
        }
        #[derive(Debug, Deserialize)]
        #[allow(dead_code)]
        struct Paint {
            colour: Colour,
        }
        let error = parse_body::<Paint>(br#"{"colour": 1}"#).expect_err("it is no word");
        assert_eq!((error.kind(), error.details()[0].path.as_str()), (Kind::ValidationFailed, "colour"));
    }

    #[test]
    fn a_list_of_the_fields_is_no_object() {
        let error = parse_body::<Order>(br#" ["a", 1]"#).expect_err("it is a list");
        assert_eq!(error.details()[0].message, "must be a JSON object");
    }

    #[test]
    fn rubbish_is_not_json() {
        for body in ["", "{", "{\"title\": \"\u{0}\"}", "{} {}", "[", "nul"] {
            let error = parse_body::<Value>(body.as_bytes()).expect_err("the body is rubbish");
            assert_eq!(error.kind(), Kind::BadRequest, "{body:?}");
        }
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(parse_body::<Value>(deep.as_bytes()).expect_err("too deep").kind(), Kind::BadRequest);
        assert_eq!(parse_body::<Value>(b"\"\xff\"").expect_err("not UTF-8").kind(), Kind::BadRequest);
    }
}
