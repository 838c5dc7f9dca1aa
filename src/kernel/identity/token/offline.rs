//! What a holder can do with a token without asking any server: narrow it, and read what it allows.
//! No key is needed, so nothing here says whether the token is genuine.

use biscuit_auth::builder::Term;
use biscuit_auth::{BlockBuilder, UnverifiedBiscuit};

use super::guard::{self, MOST_QUERIES};
use super::{Claims, LARGEST_TOKEN, claims_in, refused};
use crate::base::{Error, Kind, Result, Timestamp};

/// How to narrow a token: each part that is given becomes a check.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    /// Only these permissions.
    pub operations: Vec<String>,
    /// Only these paths after `/api/`; one that ends in `*` stands for all that begin so.
    pub resources: Vec<String>,
    /// Only these methods.
    pub methods: Vec<String>,
    /// Only in this tenant, by id or slug.
    pub tenant: Option<String>,
    /// Only until then.
    pub until: Option<Timestamp>,
}

/// What a token says, in plain words.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wording {
    /// What the server that signed it wrote; none when it is no token of such a server.
    pub claims: Option<Claims>,
    /// What holders appended, one check a line, in the token's own language.
    pub checks: Vec<String>,
}

/// The token with a block appended that allows only this.
pub fn narrow(token: &str, narrowing: &Narrowing) -> Result<String> {
    let checks = checks_of(narrowing);
    if checks.is_empty() {
        return Err(Error::invalid(
            "allow",
            "say what the token is narrowed to, such as --allow requests:read",
        ));
    }
    let block = BlockBuilder::new().code(checks.join(";\n")).map_err(Error::internal)?;
    let narrowed = read(token)?.append(block).map_err(Error::internal)?;
    guard::inspect(&narrowed.to_vec().map_err(Error::internal)?).map_err(|error| useless(&error))?;
    let text = narrowed.to_base64().map_err(Error::internal)?;
    match text.len() {
        0..=LARGEST_TOKEN => Ok(text),
        _ => Err(useless(&refused("it is larger than 4 KB"))),
    }
}

/// Better no token than one that every server refuses.
fn useless(error: &Error) -> Error {
    Error::new(Kind::ValidationFailed, format!("Narrowed so, it would be of no use. {}", error.message()))
}

/// What a token says.
pub fn inspect(token: &str) -> Result<Wording> {
    let biscuit = read(token)?;
    let source = |index| biscuit.print_block_source(index).map_err(|_| unreadable());
    let mut checks = Vec::new();
    for index in 1..biscuit.block_count() {
        checks.extend(source(index)?.lines().map(|line| line.trim_end_matches(';').to_owned()));
    }
    Ok(Wording { claims: claims_in(&source(0)?), checks })
}

fn checks_of(narrowing: &Narrowing) -> Vec<String> {
    let mut checks = Vec::new();
    checks.extend(one_of("operation", &narrowing.operations));
    checks.extend(one_of("method", &narrowing.methods));
    checks.extend(one_of("tenant", narrowing.tenant.as_slice()));
    checks.extend(any_of(narrowing.resources.iter().map(|path| resource(path))));
    if let Some(until) = narrowing.until {
        let end = Term::Date(until.seconds().max(0).unsigned_abs());
        checks.push(format!("check if time($now), $now <= {end}"));
    }
    checks
}

fn one_of(fact: &str, values: &[String]) -> Option<String> {
    if values.len() > MOST_QUERIES {
        let set: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        return Some(format!("check if {fact}($one), {{{}}}.contains($one)", set.join(", ")));
    }
    any_of(values.iter().map(|value| format!("{fact}({})", quoted(value))))
}

fn any_of(choices: impl Iterator<Item = String>) -> Option<String> {
    let choices: Vec<String> = choices.collect();
    (!choices.is_empty()).then(|| format!("check if {}", choices.join(" or ")))
}

fn resource(path: &str) -> String {
    match path.strip_suffix('*') {
        Some(prefix) => format!("resource($path), $path.starts_with({})", quoted(prefix)),
        None => format!("resource({})", quoted(path)),
    }
}

/// A string as the token's language writes it.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

fn read(token: &str) -> Result<UnverifiedBiscuit> {
    UnverifiedBiscuit::from_base64(token.trim()).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::invalid("token", "can't be read; copy the whole of it")
}
