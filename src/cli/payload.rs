//! A payload, as it is given to a command.

use std::io::Read;

use serde_json::Value;

use crate::base::{Error, Result};

/// More than a server takes.
const MOST_READ: u64 = 64 * 1024 * 1024;

/// JSON, or `-` for what comes from standard input.
pub(super) fn read(given: &str) -> Result<Value> {
    let text = match given {
        "-" => std::io::read_to_string(std::io::stdin().take(MOST_READ)).map_err(|error| {
            Error::invalid("payload", "can't be read from standard input").caused_by(error)
        })?,
        given => given.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| Error::invalid("payload", format!("is not JSON: {error}")))
}
