//! `steading bench`, run as the binary that it measures.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// Every figure of the report, by its place; lists by number.
fn figures(value: &Value, place: &str, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Number(number) => found.push((place.to_owned(), number.as_f64().expect("a number"))),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(nth, item)| figures(item, &format!("{place}.{nth}"), found))
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| figures(field, &format!("{place}.{name}"), found))
        }
        _ => {}
    }
}

/// The report of a bench in an empty directory, where nothing is left afterwards.
fn bench(arguments: &[&str]) -> Value {
    let dir = TempDir::new().expect("a temporary directory");
    let done = Command::new(env!("CARGO_BIN_EXE_steading"))
        .args(["bench", "--quick", "--json"])
        .args(arguments)
        .arg("--data")
        .arg(dir.path().join("data"))
        .current_dir(dir.path())
        .output()
        .expect("the binary runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let left: Vec<_> = dir.path().read_dir().expect("the directory").collect();
    assert!(left.is_empty(), "{left:?}");
    serde_json::from_slice(&done.stdout).expect("the report is JSON")
}

#[test]
fn a_part_that_is_named_is_measured_alone() {
    let report = bench(&["--only", "jobs", "--jobs", "701"]);
    let parts: Vec<&String> = report.as_object().expect("an object").keys().collect();
    assert_eq!(parts, ["aims", "flush", "jobs", "machine"]);
    let drained = report["jobs"]["drained"].as_array().expect("a list");
    assert!(drained.iter().all(|cell| cell["jobs"] == 701), "{drained:?}");
}

#[test]
fn writes_beside_a_backup_are_measured_when_that_is_asked_for() {
    let report = bench(&["--only", "backup"]);
    let backup = &report["backup"];
    for figure in ["databaseBytes", "backupBytes", "seconds"] {
        assert!(backup[figure].as_f64().is_some_and(|figure| figure > 0.0), "{backup:#}");
    }
    assert_eq!(report["aims"].as_array().map(Vec::len), Some(2));
}

#[test]
fn very_many_jobs_are_made_claimed_and_looked_at_without_a_failure() {
    let report = bench(&["--only", "large"]);
    let claims = report["large"]["claims"].as_array().expect("a list");
    assert_eq!(claims.len(), 3);
    let looks = report["large"]["looks"].as_array().expect("a list");
    let variants: i64 = looks.iter().map(|look| look["variants"].as_i64().expect("a number")).sum();
    assert!(variants > 300, "{looks:#?}");
}

#[test]
fn a_bench_reports_every_figure_without_failed_requests_and_leaves_nothing_behind() {
    let report = bench(&[]);
    let failed: Vec<_> =
        report["neighbours"].as_array().expect("a list").iter().map(|cell| &cell["errors"]).collect();
    assert_eq!(failed, [0, 0, 0], "a quiet tenant is refused nothing");
    let count = |list: &str| report[list].as_array().map_or(0, Vec::len);
    assert_eq!(["writes", "reads", "http", "tokens", "aims"].map(count), [4, 2, 12, 3, 30], "{report:#}");
    let mut found = Vec::new();
    for part in ["flush", "writes", "reads", "http", "tokens", "signIns", "recovery", "start", "idle"] {
        figures(&report[part], part, &mut found);
    }
    let (errors, measured): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(place, _)| place.ends_with(".errors"));
    assert_eq!(errors.len(), 12 + 1);
    assert!(errors.iter().all(|(_, count)| *count == 0.0), "{errors:?}");
    assert_eq!(measured.len(), 3 + 4 * 10 + 2 * 7 + 12 * 5 + 3 * 6 + 14 + 3 + 4 + 4, "{measured:#?}");
    assert!(measured.iter().all(|(_, figure)| *figure > 0.0), "{measured:#?}");
}
