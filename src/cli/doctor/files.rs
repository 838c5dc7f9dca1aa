//! The data directory: whether it is there, whose it is, and who else may look into it.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Finding, Patient};

const ABOUT: &str = "files";

/// What the group and others may do.
const OTHERS: u32 = 0o077;

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let directory = patient.data.path();
    let Ok(metadata) = fs::metadata(directory) else {
        let says = format!("There is no data directory {} yet.", directory.display());
        return vec![Finding::risky(ABOUT, says, "`steading serve` makes it; or name another with --data.")];
    };
    let mut findings = Vec::new();
    let keys = patient.data.keys();
    let secrets = fs::read_dir(&keys).into_iter().flatten().flatten().map(|entry| entry.path());
    let shut: Vec<PathBuf> = secrets.chain([directory.to_owned(), keys.clone()]).collect();
    let open =
        |path: &&PathBuf| fs::metadata(path).is_ok_and(|found| found.permissions().mode() & OTHERS != 0);
    for path in shut.iter().filter(open) {
        findings.push(Finding::wrong(
            ABOUT,
            format!("Others than its owner may use {}: {}.", path.display(), at_risk(path, &keys)),
            format!("chmod go= {}", path.display()),
        ));
    }
    findings.extend(strange_owner(&metadata, patient));
    if findings.is_empty() {
        let says = format!("{} belongs to its owner alone, and so do the keys.", directory.display());
        findings.push(Finding::fine(ABOUT, says));
    }
    findings
}

fn at_risk(path: &Path, keys: &Path) -> &'static str {
    if path.starts_with(keys) {
        "whoever reads the keys signs in as anybody"
    } else {
        "whoever reads the database reads everything"
    }
}

/// Files of another owner than their directory's come from a command that somebody ran as root.
fn strange_owner(directory: &Metadata, patient: &Patient) -> Option<Finding> {
    let places = [patient.data.database(), patient.data.keys(), patient.data.path().join("steading.lock")];
    let strange =
        places.iter().find(|path| fs::metadata(path).is_ok_and(|found| found.uid() != directory.uid()))?;
    Some(Finding::wrong(
        ABOUT,
        format!(
            "{} belongs to another user than {}: the server may not be able to write it.",
            strange.display(),
            patient.data.path().display()
        ),
        format!(
            "chown -R --reference={0} {0}, and run commands as the server's user",
            patient.data.path().display()
        ),
    ))
}
