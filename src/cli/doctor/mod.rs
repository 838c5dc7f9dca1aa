//! `doctor`: looks at the machine, the configuration and the data from outside, and says in plain words
//! what is wrong, what is risky and what to do. It changes nothing but a small file that it writes to
//! time the disk and takes away again. Beside a running server it asks that for what only it knows.

mod certificate;
mod clock;
mod database;
mod disk;
mod files;
mod limits;
mod machine;
mod network;
mod proxies;
mod settings;
mod telemetry;

use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use super::arguments::Common;
use super::configuration;
use super::output::Output;
use crate::base::config::{Config, load};
use crate::base::data_dir::{DataDir, Holder};
use crate::base::{Clock, Result, Timestamp};

/// As for `check`.
const PROBLEMS_FOUND: u8 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// As it should be.
    Fine,
    /// It works, and may not do so for ever, or not for everybody.
    Risky,
    /// It does not work, or loses or shows what it should not.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
struct Finding {
    about: &'static str,
    level: Level,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn fine(about: &'static str, says: impl Into<String>) -> Self {
        Self { about, level: Level::Fine, says: says.into(), advice: None }
    }

    fn risky(about: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, level: Level::Risky, says: says.into(), advice: Some(advice.into()) }
    }

    fn wrong(about: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { about, level: Level::Wrong, says: says.into(), advice: Some(advice.into()) }
    }
}

/// What is looked at.
struct Patient {
    config: Config,
    data: DataDir,
    /// The server that runs on the data, if one does.
    holder: Option<Holder>,
    now: Timestamp,
}

pub fn doctor(common: &Common, output: &Output) -> Result<ExitCode> {
    let mut findings = Vec::new();
    let patient = match configuration(common) {
        Ok(config) => patient(config),
        Err(error) => {
            let advice = "Mend it; what follows is about the defaults.";
            findings.push(Finding::wrong("configuration", error.to_string(), advice));
            let mut config = load(None, [])?;
            config.server.data = common.data.clone().unwrap_or(config.server.data);
            patient(config)
        }
    };
    for look in [
        settings::look,
        files::look,
        disk::look,
        clock::look,
        machine::look,
        network::look,
        certificate::look,
        proxies::look,
        limits::look,
        database::look,
        telemetry::look,
    ] {
        findings.extend(look(&patient));
    }
    let worst = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (wrong, risky) = (worst(Level::Wrong), worst(Level::Risky));
    output.show(&json!({ "healthy": wrong == 0, "findings": findings }), || words(&findings, wrong, risky));
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(PROBLEMS_FOUND) })
}

fn patient(config: Config) -> Patient {
    let data = DataDir::at(&config.server.data);
    let holder = data.holder();
    Patient { config, data, holder, now: Clock::System.now() }
}

fn words(findings: &[Finding], wrong: usize, risky: usize) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        let mark = match finding.level {
            Level::Fine => "ok   ",
            Level::Risky => "RISKY",
            Level::Wrong => "WRONG",
        };
        lines.push(format!("{mark}  {:<13}  {}", finding.about, finding.says));
        lines.extend(finding.advice.iter().map(|advice| format!("{:22}{advice}", "")));
    }
    lines.push(match (wrong, risky) {
        (0, 0) => "\nAll is well.".into(),
        (0, risky) => format!("\nNothing is wrong; {risky} to think about."),
        (wrong, risky) => format!("\n{wrong} wrong, {risky} to think about."),
    });
    lines.join("\n")
}
