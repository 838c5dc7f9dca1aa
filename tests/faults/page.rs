//! A report for people.

use std::fmt::Write;

use serde_json::Value;

const SOAK: &str = "# Soak\n\n\
    What `make soak` saw: a mixed load on one instance, round after round, while its machine fails in ways that a seed \
    draws, and after each round a look whether everything that was acknowledged is there and right \
    ([architecture.md](../architecture.md#how-this-is-tested)). Figures of one machine that was busy with other things.\n\n";

const SMALL: &str = "# A small board, simulated\n\n\
    What `make small-machine` saw: the server tied to one processor of this machine and to so much memory, each flush \
    of its disk made to take so long, and a mixed load of four callers and a worker that all rest between two \
    operations. A processor of a real board is slower. Figures of one machine that was busy with other things.\n\n";

/// The page of a report.
pub fn of(report: &Value) -> String {
    let is_small = report["machine"].is_object();
    let mut page = String::from(if is_small { SMALL } else { SOAK });
    facts(report, &mut page);
    operations(report, &mut page);
    if !is_small {
        faults(report, &mut page);
    }
    memory(report, &mut page);
    page
}

fn row(page: &mut String, cells: &[String]) {
    // Writing to a string never fails.
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn facts(report: &Value, page: &mut String) {
    row(page, &[String::new(), String::new()]);
    row(page, &["---".into(), "--:".into()]);
    let mut fact = |name: &str, value: &Value| match value {
        Value::Null => {}
        Value::String(text) => row(page, &[name.into(), text.clone()]),
        value => row(page, &[name.into(), value.to_string()]),
    };
    let machine = &report["machine"];
    fact("processors", &machine["processors"]);
    fact("megabytes of memory that it may have", &machine["memoryMegabytes"]);
    fact("milliseconds that a flush takes", &machine["flushMillis"]);
    fact("build", &report["build"]);
    if !machine.is_object() {
        fact("seed", &report["seed"]);
        fact("rounds", &report["rounds"]);
        fact("slowest start after a fault, in milliseconds", &report["recoveryMillis"]["slowest"]);
        fact("median", &report["recoveryMillis"]["median"]);
    }
    fact("minutes", report.get("loadMinutes").unwrap_or(&report["minutes"]));
    fact("operations refused with a reason", &report["refused"]);
    fact("operations without an answer", &report["unanswered"]);
    fact("checks", &report["checks"]);
    fact("checks that failed", &report["failures"].as_array().map(Vec::len).into());
    fact(
        "most memory, in megabytes, with all that the shim keeps of what is not flushed",
        &report["mostMemoryMegabytes"],
    );
    page.push('\n');
}

fn operations(report: &Value, page: &mut String) {
    page.push_str("Operations that were acknowledged, and the milliseconds that they took.\n\n");
    let minutes = report.get("loadMinutes").unwrap_or(&report["minutes"]).as_f64().unwrap_or_default();
    row(page, &["", "acknowledged", "a second", "p50", "p95", "p99"].map(str::to_owned));
    row(page, &["---", "--:", "--:", "--:", "--:", "--:"].map(str::to_owned));
    for (name, figures) in report["operations"].as_object().into_iter().flatten() {
        let count = &figures["acknowledged"];
        let rate = count.as_f64().unwrap_or_default() / (minutes * 60.0).max(1.0);
        let [p50, p95, p99] = ["p50", "p95", "p99"].map(|name| figures[name].to_string());
        row(page, &[name.clone(), count.to_string(), format!("{rate:.1}"), p50, p95, p99]);
    }
    page.push('\n');
}

fn faults(report: &Value, page: &mut String) {
    page.push_str("What went wrong, and how often.\n\n");
    row(page, &["", "times"].map(str::to_owned));
    row(page, &["---", "--:"].map(str::to_owned));
    for (name, count) in report["faults"].as_object().into_iter().flatten() {
        row(page, &[name.clone(), count.to_string()]);
    }
    let cuts = &report["powerCuts"];
    let _ = writeln!(
        page,
        "\nThe power cuts undid {} writes that were not flushed, {} of which came on the disk after all, {} of them \
         torn; {} names were lost.\n",
        cuts["undone"], cuts["doneAgain"], cuts["torn"], cuts["namesLost"]
    );
}

/// Some of the measurements, evenly spaced.
fn memory(report: &Value, page: &mut String) {
    page.push_str("The server's memory and its database, in megabytes.\n\n");
    row(page, &["minute", "memory", "database"].map(str::to_owned));
    row(page, &["--:", "--:", "--:"].map(str::to_owned));
    let measured = report["memory"].as_array().cloned().unwrap_or_default();
    for one in measured.iter().step_by((measured.len() / 12).max(1)) {
        row(page, &[0, 1, 2].map(|at| one[at].to_string()));
    }
}
