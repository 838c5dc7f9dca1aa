//! `check`: is the database whole, does its schema keep tenants apart, is its audit as it was written,
//! and do its counters count?

use std::process::ExitCode;

use serde_json::json;

use super::output::Output;
use crate::base::Result;
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::check_file;

const PROBLEMS_FOUND: u8 = 4;

pub fn check(config: &Config, output: &Output) -> Result<ExitCode> {
    let data = DataDir::existing(&config.server.data)?;
    let _lock = data.lock()?;
    let findings = check_file(&data.database())?;
    let clean = findings.problems.is_empty();
    let value = json!({ "clean": clean, "schemaVersion": findings.schema_version, "pending": findings.pending, "problems": findings.problems });
    output.show(&value, || match (clean, &findings.pending) {
        (true, None) => format!(
            "{} is whole and keeps its tenants apart; its audit is as it was written.",
            data.database().display()
        ),
        (true, Some(pending)) => {
            format!("{} is whole and keeps its tenants apart. {pending}", data.database().display())
        }
        (false, _) => format!(
            "{} has problems; restore a backup, or ask for help with these lines:\n  {}",
            data.database().display(),
            findings.problems.join("\n  ")
        ),
    });
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(PROBLEMS_FOUND) })
}
