//! Reading the configuration: defaults, then the operator's file, then the environment.

use std::path::Path;

use toml::{Table, Value};

use super::Config;
use crate::base::{Error, Kind, Result};

/// Every option with its default and what it is for.
pub const DEFAULTS: &str = include_str!("../../../config.toml");

const PREFIX: &str = "STEADING__";

/// Puts the configuration together. `file` is the operator's, when there is one.
pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Config> {
    let mut table: Table = DEFAULTS.parse().map_err(Error::internal)?;
    if let Some(path) = file {
        merge_file(&mut table, path)?;
    }
    for (name, text) in environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        merge_variable(&mut table, &name, &text)?;
    }
    table
        .try_into()
        .map_err(|error: toml::de::Error| wrong(format!("The configuration: {}.", error.message())))
}

fn merge_file(table: &mut Table, path: &Path) -> Result<()> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        wrong(format!("The configuration file {} can't be read; check the path.", path.display()))
            .caused_by(error)
    })?;
    let given: Table = text.parse().map_err(|error: toml::de::Error| {
        wrong(format!("The configuration file {} is not TOML: {}.", path.display(), error.message()))
    })?;
    for (section, options) in given {
        let Value::Table(options) = options else {
            return Err(unknown(&section, table.keys()));
        };
        for (key, value) in options {
            set(table, &section, &key, value)?;
        }
    }
    Ok(())
}

fn merge_variable(table: &mut Table, name: &str, text: &str) -> Result<()> {
    let path = name[PREFIX.len()..].to_lowercase();
    let Some((section, key)) = path.split_once("__") else {
        return Err(wrong(format!("{name} names no option; write STEADING__SECTION__KEY.")));
    };
    let known = table.get(section).and_then(|options| options.get(key));
    let value = match known {
        Some(Value::Integer(_)) => Value::Integer(
            text.parse().map_err(|_| wrong(format!("{name} is {text:?}; it must be a whole number.")))?,
        ),
        Some(Value::Boolean(_)) => Value::Boolean(
            text.parse().map_err(|_| wrong(format!("{name} is {text:?}; it must be true or false.")))?,
        ),
        _ => Value::String(text.into()),
    };
    set(table, section, key, value)
}

fn set(table: &mut Table, section: &str, key: &str, value: Value) -> Result<()> {
    let sections: Vec<String> = table.keys().cloned().collect();
    let Some(Value::Table(options)) = table.get_mut(section) else {
        return Err(unknown(section, sections.iter()));
    };
    let Some(known) = options.get_mut(key) else {
        return Err(unknown(
            &format!("{section}.{key}"),
            options.keys().map(|option| format!("{section}.{option}")),
        ));
    };
    if !known.same_type(&value) {
        return Err(wrong(format!("{section}.{key} must be of the type {}.", known.type_str())));
    }
    *known = value;
    Ok(())
}

fn unknown(name: &str, known: impl Iterator<Item = impl AsRef<str>>) -> Error {
    let closest = known
        .map(|option| (strsim::damerau_levenshtein(name, option.as_ref()), option.as_ref().to_owned()))
        .min();
    let advice = match closest {
        Some((distance, option)) if distance <= 4 => format!("did you mean {option}?"),
        _ => "`steading init` writes a file with every option.".into(),
    };
    wrong(format!("There is no option {name}; {advice}"))
}

fn wrong(message: String) -> Error {
    Error::new(Kind::ValidationFailed, message)
}
