//! Reading the configuration: defaults, then the operator's file, then the environment.

use std::path::Path;
use std::sync::LazyLock;

use toml::{Table, Value};

use super::Config;
use crate::base::{Error, Kind, Result};

/// Every option with its default and what it is for.
pub const DEFAULTS: &str = include_str!("../../../config.toml");

/// The same, read once: every test starts with it.
static KNOWN: LazyLock<Table> = LazyLock::new(|| DEFAULTS.parse().expect("the defaults are TOML"));

const PREFIX: &str = "STEADING__";

/// Characters of an unknown name that are looked at and shown.
const LONGEST_NAME: usize = 100;

/// Puts the configuration together. `file` is the operator's, when there is one.
pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Config> {
    let mut table = KNOWN.clone();
    if let Some(path) = file {
        merge_file(&mut table, path)?;
    }
    for (name, text) in environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        merge_variable(&mut table, &name, &text)?;
    }
    let mut config: Config = serde_path_to_error::deserialize(table.clone()).map_err(|error| {
        wrong(format!("{} in the configuration: {}.", error.path(), error.inner().message().trim_end()))
    })?;
    config.check()?;
    config.options = table;
    Ok(config)
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
            return Err(unknown(&section, table));
        };
        if !table.contains_key(&section) && options.is_empty() {
            return Err(unknown(&section, table));
        }
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
        Some(Value::Array(_)) => {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            Value::Array(words.map(|word| Value::String(word.into())).collect())
        }
        _ => Value::String(text.into()),
    };
    set(table, section, key, value)
}

fn set(table: &mut Table, section: &str, key: &str, value: Value) -> Result<()> {
    let known = match table.get_mut(section).and_then(|options| options.get_mut(key)) {
        Some(known) => known,
        None => return Err(unknown(&format!("{section}.{key}"), table)),
    };
    if !known.same_type(&value) {
        return Err(wrong(format!("{section}.{key} must be of the type {}.", known.type_str())));
    }
    *known = value;
    Ok(())
}

/// Names the option that is written most like this one.
fn unknown(name: &str, table: &Table) -> Error {
    let closest = option_names(table).min_by_key(|option| unlikeness(name, option));
    let advice = match closest {
        Some(option) => format!("the closest is {option}. "),
        None => String::new(),
    };
    let shown: String = name.chars().take(LONGEST_NAME).flat_map(char::escape_debug).collect();
    wrong(format!("There is no option {shown}; {advice}`steading init` writes a file with every option."))
}

/// The value of `section.key`.
pub(super) fn option<'t>(table: &'t Table, name: &str) -> Option<&'t Value> {
    let (section, key) = name.split_once('.')?;
    table.get(section)?.get(key)
}

/// Every option as `section.key`.
pub(super) fn option_names(table: &Table) -> impl Iterator<Item = String> {
    table.iter().flat_map(|(section, options)| {
        let keys = options.as_table().into_iter().flat_map(Table::keys);
        keys.map(move |key| format!("{section}.{key}"))
    })
}

/// How unlike a name and an option are; only so much of a long name is looked at. A name that is
/// not whole is compared with either part, since a line may have slipped out of its section.
fn unlikeness(name: &str, option: &str) -> usize {
    let name: String = name.chars().take(LONGEST_NAME).collect::<String>().to_lowercase();
    let unlike = |part| strsim::damerau_levenshtein(&name, part);
    match option.split_once('.') {
        Some((section, key)) if !name.contains('.') => unlike(section).min(unlike(key)),
        _ => unlike(option),
    }
}

fn wrong(message: String) -> Error {
    Error::new(Kind::ValidationFailed, message)
}
