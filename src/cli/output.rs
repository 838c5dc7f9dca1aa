//! What the commands print: words for people, JSON for programs, one line for each failure.

use std::io::Write;

use serde_json::{Value, json};

use crate::base::Error;

pub struct Output {
    pub json: bool,
}

impl Output {
    /// Prints the words, or with `--json` the value.
    pub fn show(&self, value: &Value, words: impl FnOnce() -> String) {
        if self.json { print_line(&format!("{value:#}")) } else { print_line(&words()) }
    }

    /// Prints why the command failed, on one line.
    pub fn failure(&self, error: &Error) {
        if self.json {
            eprintln!("{}", json!({ "error": { "message": error.to_string(), "details": error.details() } }));
        } else {
            eprintln!("steading: {}", error.to_string().replace('\n', " "));
        }
    }
}

/// Columns that line up, as wide as their widest cell.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([header[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let header: Vec<String> = header.iter().map(|title| title.to_uppercase()).collect();
    std::iter::once(&header).chain(rows).map(|row| line(row)).collect::<Vec<_>>().join("\n")
}

/// A table of these fields of each value in a list, each under its title.
pub fn listing(values: &Value, columns: &[(&str, &str)]) -> String {
    let row = |value: &Value| columns.iter().map(|(_, field)| text(&value[*field])).collect();
    let rows: Vec<Vec<String>> = values.as_array().into_iter().flatten().map(row).collect();
    let titles: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
    table(&titles, &rows)
}

/// A number of things, in words: `1 tenant`, `2 tenants`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Without what breaks a line or moves the cursor: much that is shown was written by others.
pub fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A value as people read it, on one line.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Null => String::new(),
        other => plain(&other.to_string()),
    }
}

/// Prints a line, and minds not if nobody reads it: `steading openapi | head -1` is no failure.
pub fn print_line(line: &str) {
    let _ = try_print_line(line);
}

/// Prints a line, or says that nobody reads it any more.
pub fn try_print_line(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{line}")
}
