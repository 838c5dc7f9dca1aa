//! Every statement file of the kernel and the addons: it has a function of its name, it prepares in the voice of that
//! function's handle, and its plan searches.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use steading::base::Timestamp;
use steading::base::db::session::{self, Shared, Voice};
use steading::base::db::{Db, Settings, Synchronous, isolation, variants_of};
use tempfile::TempDir;

/// Statements that look at a whole table, and why they may.
const MAY_SCAN: &[(&str, &str)] = &[
    ("list_jobs", "what an inner LIMIT let through"),
    ("list_tagged_jobs", "what an inner LIMIT let through"),
    ("delete_keys_of", "once for a deleted account, and keys are few"),
    ("count_keys_of", "once for a changed password, and keys are few"),
    ("count_keys", "a thousand at most, when another is made"),
    ("count_tenants", "asked by the readiness probe; tenants are few"),
    ("count_handlers", "for the figures, now and then; subscriptions are few"),
    ("count_letters", "for the figures, now and then; groups of letters are few"),
    (
        "find_longest_wait",
        "for the figures, now and then; counters are few, and each tenant's job is one step",
    ),
    ("find_fullest_lanes", "for who looks after the instance; counters are few"),
    ("sum_jobs_of_tenants", "for who looks after the instance; counters are few"),
    ("sum_job_counts", "for the figures, now and then; counters are few"),
    ("list_ended_sessions", "once at the start, for the tokens that are refused"),
    ("list_tenants", "once at the start, for the directory"),
    ("list_types", "the types that it found, each by one step through an index"),
    ("tenants_without_handler", "once at the start for each handler, and tenants are few"),
    ("list_places", "once for each page that is opened, and tenants are few"),
    ("delete_memberships", "once for a deleted account, and tenants are few"),
    ("list_tenants_owned_alone", "once for an account that is deleted or disabled, and tenants are few"),
    ("delete_expired_setup_codes", "one for each start without an owner, once a day"),
    ("list_tenants_to_erase", "a maintenance loop over few rows"),
];

/// Lists that sort what they found, and why they may.
const MAY_SORT: &[(&str, &str)] = &[];

/// Lists that walk over earlier pages, in which of their variants, and why they may.
const MAY_SKIP: &[(&str, &str, &str)] =
    &[("list_requests_priority", "priority = :priority", "nobody sorts by what he filters by")];

/// Its statements are about a file of its own; `tests/it/telemetry/statements.rs` looks at them.
const OF_ANOTHER_FILE: &str = "src/kernel/telemetry";

struct Statement {
    file: PathBuf,
    name: String,
    text: &'static str,
    /// The function in `store.rs`, or in a file of the folder `store`, that runs it: its name, and the text of its parameters.
    function: Option<(String, String)>,
}

impl Statement {
    fn voice(&self) -> Voice {
        match &self.function {
            Some((_, signature))
                if signature.contains("SystemRead<") || signature.contains("SystemWrite<") =>
            {
                Voice::System
            }
            _ => Voice::Tenant,
        }
    }

    fn is_of_addon(&self) -> bool {
        self.file.starts_with("src/addons")
    }
}

/// A connection as the writer has it.
struct Confined {
    _dir: TempDir,
    conn: Connection,
    shared: Arc<Shared>,
    views: Vec<String>,
}

impl Confined {
    fn open() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let settings = Settings {
            file: dir.path().join("steading.db"),
            backups: dir.path().join("backups"),
            synchronous: Synchronous::Normal,
            readers: 1,
            read_limit: std::time::Duration::from_secs(10),
            write_limit: std::time::Duration::from_secs(10),
            write_queue: 1,
        };
        drop(Db::open(&settings, Timestamp::from_millis(0)).expect("a new file"));
        let mut conn = session::open_for_writing(&settings.file, Synchronous::Normal).expect("it opens");
        let secret = isolation::fresh_secret().expect("a secret");
        let shared = session::confine(&mut conn, &secret).expect("it is confined");
        let tables = isolation::tenant_tables(&conn).expect("the tenant tables");
        let views = tables.into_iter().map(|table| table.view).collect();
        Self { _dir: dir, conn, shared, views }
    }

    fn prepare(&self, voice: Voice, text: &str) -> Result<(), String> {
        self.shared.speak_as(voice);
        self.conn.prepare(text).map(drop).map_err(|error| error.to_string())
    }

    fn is_view(&self, name: &str) -> bool {
        self.views.iter().any(|view| view == name)
    }

    fn plan(&self, voice: Voice, text: &str) -> Vec<String> {
        self.shared.speak_as(voice);
        let explain = format!("EXPLAIN QUERY PLAN {text}");
        let mut statement = self.conn.prepare(&explain).expect("a statement that prepares has a plan");
        let mut rows = statement.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().expect("a line of the plan") {
            lines.push(row.get("detail").expect("its text"));
        }
        lines
    }
}

#[test]
fn every_statement_is_run_by_a_function_of_its_name() {
    for Statement { file, name, function, .. } in statements() {
        let Some((function, _)) = function else {
            panic!("no sql!(\"{name}\") in the store.rs beside {}", file.display());
        };
        let is_one_of_its = name.starts_with(&format!("{function}_"));
        assert!(function == name || is_one_of_its, "{} is run by `{function}`", file.display());
    }
}

#[test]
fn every_variant_prepares_in_the_voice_of_its_handle() {
    let confined = Confined::open();
    for statement in statements() {
        for variant in variants_of(statement.text) {
            let voice = statement.voice();
            if let Err(why) = confined.prepare(voice, &variant) {
                panic!("{} as {voice:?}: {why}\n{variant}", statement.file.display());
            }
        }
    }
}

#[test]
fn a_tenants_statement_names_neither_a_base_table_nor_a_tenant() {
    for statement in statements().iter().filter(|statement| statement.voice() == Voice::Tenant) {
        let words = statement.text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        for word in words.map(str::to_ascii_lowercase) {
            let is_foreign = word.ends_with("_all") || word == "tenant_id" || word == "current_tenant";
            assert!(!is_foreign, "{} names {word}", statement.file.display());
        }
    }
}

#[test]
fn an_addon_has_no_statement_of_the_kernel() {
    for statement in statements().iter().filter(|statement| statement.is_of_addon()) {
        assert_eq!(statement.voice(), Voice::Tenant, "{}", statement.file.display());
    }
}

#[test]
fn no_plan_reads_a_whole_table() {
    let confined = Confined::open();
    let bad = plans_with(&confined, |statement, line| {
        // A change through a view collects the rows that it finds, and then scans what it collected.
        let is_collected = confined.is_view(line.trim_start_matches("SCAN "));
        let is_scan = line.starts_with("SCAN ") && line != "SCAN CONSTANT ROW" && !is_collected;
        is_scan && !is_excepted(MAY_SCAN, statement)
    });
    assert!(bad.is_empty(), "{bad}");
}

/// An index that serves nothing but the tenant means that all of its rows are looked at, unless
/// they come in the order of that index and a LIMIT ends it.
#[test]
fn no_plan_reads_a_whole_tenant() {
    let confined = Confined::open();
    let bad = plans_with(&confined, |statement, line| {
        let is_whole = statement.voice() == Voice::Tenant && line.ends_with("(tenant_id=?)");
        let is_limited = statement.text.contains("LIMIT") && !is_excepted(MAY_SORT, statement);
        is_whole && !is_limited
    });
    assert!(bad.is_empty(), "{bad}");
}

/// What a statement says to be in few rows, it looks for by an index.
#[test]
fn what_is_unlikely_is_searched_for() {
    let confined = Confined::open();
    let mut said = 0;
    for statement in statements() {
        for variant in variants_of(statement.text).iter().filter(|variant| variant.contains("unlikely(")) {
            let (_, rest) = variant.split_once("unlikely(").expect("it is there");
            let column = rest.split_whitespace().next().expect("a column");
            let plan = confined.plan(statement.voice(), variant);
            let is_searched = plan.iter().any(|line| line.contains(&format!("AND {column}=?")));
            assert!(is_searched, "{}: {plan:?}\n{variant}", statement.file.display());
            said += 1;
        }
    }
    assert!(said > 0, "no statement says so any more");
}

#[test]
fn no_list_is_sorted() {
    let confined = Confined::open();
    let bad = plans_with(&confined, |statement, line| {
        statement.name.starts_with("list_")
            && line.contains("TEMP B-TREE")
            && !is_excepted(MAY_SORT, statement)
    });
    assert!(bad.is_empty(), "{bad}");
}

#[test]
fn a_page_begins_where_the_last_one_ended() {
    let confined = Confined::open();
    for statement in statements() {
        for variant in variants_of(statement.text).iter().filter(|variant| variant.contains(":after")) {
            let plan = confined.plan(statement.voice(), variant);
            let seeks = plan.iter().any(|line| line.contains(['<', '>']));
            let is_excepted =
                MAY_SKIP.iter().any(|(name, with, _)| *name == statement.name && variant.contains(with));
            assert!(seeks || is_excepted, "{}: {plan:?}\n{variant}", statement.file.display());
        }
    }
}

#[test]
fn the_lists_of_exceptions_name_statements_that_exist() {
    let statements = statements();
    for (name, _) in MAY_SCAN.iter().chain(MAY_SORT) {
        assert!(statements.iter().any(|statement| statement.name == *name), "{name} is gone");
    }
    for (name, with, _) in MAY_SKIP {
        let is_there = |statement: &Statement| statement.name == *name && statement.text.contains(with);
        assert!(statements.iter().any(is_there), "{name} with {with} is gone");
    }
}

fn is_excepted(exceptions: &[(&str, &str)], statement: &Statement) -> bool {
    exceptions.iter().any(|(name, _)| *name == statement.name)
}

/// Every variant whose plan has a line that is bad, with that line.
fn plans_with(confined: &Confined, is_bad: impl Fn(&Statement, &str) -> bool) -> String {
    let mut bad = String::new();
    for statement in statements() {
        for variant in variants_of(statement.text) {
            let plan = confined.plan(statement.voice(), &variant);
            if let Some(line) = plan.iter().find(|line| is_bad(&statement, line)) {
                let _ = writeln!(bad, "{}: {line}\n{variant}", statement.file.display());
            }
        }
    }
    bad
}

fn statements() -> Vec<Statement> {
    let mut found = Vec::new();
    // Those that only `steading bench` runs, beside no store, are not among them.
    for folder in ["src/addons", "src/kernel"] {
        collect(Path::new(folder), &mut found);
    }
    assert!(found.len() > 30, "the statements lie elsewhere: {} found", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Statement>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && path != Path::new(OF_ANOTHER_FILE) {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(read(path));
        }
    }
}

fn read(file: PathBuf) -> Statement {
    let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
    let text = fs::read_to_string(&file).expect("a statement");
    let function = caller_of(&name, &store_of(file.ancestors().nth(2).expect("sql/ lies in a folder")));
    Statement { file, name, text: text.leak(), function }
}

/// The text of the store of a folder, be it one file or several.
fn store_of(folder: &Path) -> String {
    let parts = fs::read_dir(folder.join("store")).into_iter().flatten();
    let parts = parts.map(|entry| entry.expect("an entry").path());
    let files = parts.chain([folder.join("store.rs")]);
    files.map(|file| fs::read_to_string(file).unwrap_or_default()).collect()
}

fn caller_of(statement: &str, store: &str) -> Option<(String, String)> {
    let here = format!("sql!(\"{statement}\")");
    let above = format!("sql!(\"../sql/\", \"{statement}\")");
    let (before, _) = store.split_once(&here).or_else(|| store.split_once(&above))?;
    let (_, function) = before.rsplit_once("fn ")?;
    let (name, rest) = function.split_once(['(', '<'])?;
    let (signature, _) = rest.split_once('{')?;
    Some((name.to_owned(), signature.to_owned()))
}
