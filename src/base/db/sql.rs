//! A statement: one file under some `sql/` folder, named as the function that runs it.
//!
//! A line that ends in `-- if :name` is part of the statement only while `:name` is bound to
//! something other than NULL. So one file holds a list with all its filters, every combination is
//! known, and the tests prepare and explain each of them.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use super::value::Param;

/// Names the statement in the file `sql/<name>.sql` beside the calling file, or in another folder.
#[macro_export]
macro_rules! sql {
    ($name:literal) => {
        $crate::sql!("sql/", $name)
    };
    ($folder:literal, $name:literal) => {{
        static STATEMENT: $crate::base::db::Sql = $crate::base::db::Sql::new(
            $name,
            include_str!(concat!($folder, $name, ".sql")),
            concat!("/* system */\n", include_str!(concat!($folder, $name, ".sql"))),
        );
        &STATEMENT
    }};
}

/// A statement and its name. A handle for the engine runs the marked text, so that a statement
/// prepared for the engine is never found in the cache by a tenant's handle.
#[derive(Debug)]
pub struct Sql {
    pub name: &'static str,
    text: &'static str,
    marked: &'static str,
    lines: OnceLock<Optional>,
    variants: RwLock<Option<HashMap<(u32, bool), &'static str>>>,
}

/// The names that optional lines depend on; empty for most statements.
#[derive(Debug)]
struct Optional {
    names: Vec<&'static str>,
}

const MARK: &str = "-- if :";

impl Sql {
    pub const fn new(name: &'static str, text: &'static str, marked: &'static str) -> Self {
        Self { name, text, marked, lines: OnceLock::new(), variants: RwLock::new(None) }
    }

    /// The text to run for these parameters. At most 2^n variants exist for n optional names.
    pub(super) fn text(&self, system: bool, params: &[Param<'_>]) -> &'static str {
        let whole = if system { self.marked } else { self.text };
        let names = &self.lines.get_or_init(|| Optional { names: optional_names(whole) }).names;
        if names.is_empty() {
            return whole;
        }
        let mask = names
            .iter()
            .enumerate()
            .fold(0u32, |mask, (bit, name)| mask | (u32::from(is_given(name, params)) << bit));
        let known = self.variants.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known.as_ref().and_then(|map| map.get(&(mask, system))) {
            return text;
        }
        drop(known);
        let text: &'static str = Box::leak(variant(whole, names, mask).into_boxed_str());
        let mut map = self.variants.write().unwrap_or_else(PoisonError::into_inner);
        map.get_or_insert_with(HashMap::new).entry((mask, system)).or_insert(text)
    }

    /// Whether a parameter of this name may be left out of the text.
    pub(super) fn is_optional(&self, name: &str) -> bool {
        self.lines.get().is_some_and(|lines| lines.names.contains(&name))
    }
}

fn is_given(name: &str, params: &[Param<'_>]) -> bool {
    params.iter().any(|(given, value)| &given[1..] == name && !value.is_null())
}

fn condition(line: &str) -> Option<&str> {
    line.split_once(MARK).map(|(_, name)| name.trim())
}

fn optional_names(text: &'static str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = text.lines().filter_map(condition).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() < 16, "a statement with so many optional lines should be two");
    names
}

fn variant(text: &str, names: &[&str], mask: u32) -> String {
    let included =
        |name: &str| names.iter().position(|known| *known == name).is_some_and(|bit| mask & (1 << bit) != 0);
    let mut kept = String::with_capacity(text.len());
    for line in text.lines().filter(|line| condition(line).is_none_or(included)) {
        kept.push_str(line.split(MARK).next().unwrap_or(line).trim_end());
        kept.push('\n');
    }
    kept
}

/// Every text that a statement file can turn into: what the tests prepare and explain.
pub fn variants_of(text: &'static str) -> Vec<String> {
    let names = optional_names(text);
    (0..1u32 << names.len()).map(|mask| variant(text, &names, mask)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::Value;

    const LIST: &str = "SELECT id\nFROM t\nWHERE 1\n  AND a = :a -- if :a\n  AND b = :b -- if :b\n";

    #[test]
    fn a_line_is_there_only_while_its_name_is_bound() {
        static SQL: Sql = Sql::new("list", LIST, LIST);
        let text = SQL.text(false, &[(":a", Value::Null), (":b", Value::Int(1))]);
        assert_eq!(text, "SELECT id\nFROM t\nWHERE 1\n  AND b = :b\n");
    }

    #[test]
    fn every_combination_is_known() {
        assert_eq!(variants_of(LIST).len(), 4);
        assert_eq!(variants_of("SELECT 1").len(), 1);
    }
}
