//! Every statement about telemetry.db prepares against its schema, and none that lists sorts what it found.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use steading::base::db::variants_of;

const FOLDER: &str = "src/kernel/telemetry";

/// Every variant of every statement, with its name.
fn statements() -> Vec<(String, String)> {
    let files = fs::read_dir(Path::new(FOLDER).join("sql")).expect("the statements");
    let mut found = Vec::new();
    for file in files.map(|entry| entry.expect("an entry").path()) {
        let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let text: &'static str = fs::read_to_string(&file).expect("a statement").leak();
        found.extend(variants_of(text).into_iter().map(|variant| (name.clone(), variant)));
    }
    assert!(found.len() > 100, "the statements lie elsewhere: {} found", found.len());
    found
}

fn file() -> Connection {
    let conn = Connection::open_in_memory().expect("a database");
    let schema = fs::read_to_string(Path::new(FOLDER).join("schema.sql")).expect("the schema");
    conn.execute_batch(&schema).expect("its tables");
    conn
}

fn plan(conn: &Connection, text: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {text}")).expect("it prepares");
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().expect("a line of the plan") {
        lines.push(row.get("detail").expect("its text"));
    }
    lines
}

#[test]
fn every_statement_is_run_by_a_function_of_its_name() {
    let store = |part| fs::read_to_string(Path::new(FOLDER).join("store").join(part)).expect("the store");
    let text = store("reads.rs") + &store("writes.rs");
    for (name, _) in statements() {
        assert!(text.contains(&format!("fn {name}(")), "{name} has no function");
        assert!(text.contains(&format!("\"{name}\")")), "{name} is not run");
    }
}

#[test]
fn every_variant_prepares_and_no_list_is_sorted() {
    let conn = file();
    for (name, text) in statements() {
        let plan = plan(&conn, &text);
        let is_sorted = plan.iter().any(|line| line.contains("TEMP B-TREE"));
        assert!(!is_sorted || !name.starts_with("list_"), "{name}: {plan:?}\n{text}");
    }
}

#[test]
fn a_page_begins_where_the_last_one_ended() {
    let conn = file();
    for (name, text) in statements().iter().filter(|(_, text)| text.contains(":after")) {
        let plan = plan(&conn, text);
        assert!(plan.iter().any(|line| line.contains(['<', '>'])), "{name}: {plan:?}\n{text}");
    }
}
