//! JSON as a type that can't be wrong; what is wrong is named by its path.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::Detail;
use super::{Error, Result};

/// Wrong places that one answer names at most.
const MOST_DETAILS: usize = 16;

/// A value as a `T`. Every wrong place is named under `at`, the value's own path.
pub fn read_value<T: DeserializeOwned>(at: &str, value: &Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let first = detail(&error.path().to_string(), &error.inner().to_string());
        let details = every_detail::<T>(value.clone(), first);
        let within = |detail: Detail| Detail { path: joined(at, &detail.path), ..detail };
        Error::invalid_at(details.into_iter().map(within).collect())
    })
}

/// Looks for further wrong places by taking each one found out of the input and reading it again.
pub fn every_detail<T: DeserializeOwned>(mut value: Value, first: Detail) -> Vec<Detail> {
    let mut details = vec![first];
    let mut wrong = details[0].path.clone();
    while details.len() < MOST_DETAILS && remove(&mut value, &wrong) {
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&value) else { break };
        let next = detail(&error.path().to_string(), &error.inner().to_string());
        // What is missing now was taken out here.
        if details.iter().any(|known| known.path == next.path || field_of(&known.path) == next.path) {
            break;
        }
        wrong.clone_from(&next.path);
        details.push(next);
    }
    details
}

/// Takes a top-level field out; deeper ones end the search.
fn remove(value: &mut Value, path: &str) -> bool {
    value.as_object_mut().is_some_and(|object| object.remove(field_of(path)).is_some())
}

/// The top-level field of a path.
fn field_of(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// The path and sentence of one wrong place. A missing or unknown field is named in the library's
/// message, not in its path, so the name is taken from there.
pub fn detail(path: &str, message: &str) -> Detail {
    let path = if path == "." { "" } else { path };
    let quoted = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        return Detail { path: joined(path, quoted), message: "is required".into() };
    }
    if message.starts_with("unknown field") {
        let parent = path.strip_suffix(quoted).unwrap_or(path).trim_end_matches('.');
        let known =
            message.split("expected ").nth(1).map(|list| list.split(" at line").next().unwrap_or(list));
        let advice = known
            .map_or_else(String::new, |list| format!("; expected {}", list.trim_start_matches("one of ")));
        return Detail { path: joined(parent, quoted), message: format!("is unknown{advice}") };
    }
    if message.starts_with("duplicate field") {
        let parent = path.strip_suffix(quoted).unwrap_or(path).trim_end_matches('.');
        return Detail { path: joined(parent, quoted), message: "is given twice".into() };
    }
    let plain = message.split(" at line ").next().unwrap_or(message);
    Detail { path: path.into(), message: plain.into() }
}

fn joined(path: &str, field: &str) -> String {
    match (path, field) {
        ("", field) => field.into(),
        (path, "") => path.into(),
        (path, field) => format!("{path}.{field}"),
    }
}
