//! Backups: that they hold everything from before they began, that damage is found, that they can be restored, and
//! that one tenant can be carried alone.

mod archive;
mod carrying;
mod going_back;
mod hostile;
mod making;
mod older;
mod restoring;
mod routes;
mod store;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use steading::base::config::{self, Config};
use steading::base::data_dir::DataDir;
use steading::base::db::copy_file;
use steading::base::{Result, Timestamp};
use steading::kernel::backups::{Made, Verified, Workplace, verify};

/// Nobody stops anything here.
static GOES_ON: AtomicBool = AtomicBool::new(false);

/// 2026-01-01T00:00:00Z
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn silent() -> impl FnMut(u32, &str) {
    |_, _| {}
}

/// The data directory in a test's own, with the default configuration.
fn workplace(dir: &Path) -> Workplace {
    workplace_with(dir, |_| {})
}

fn workplace_with(dir: &Path, change: impl FnOnce(&mut Config)) -> Workplace {
    let mut config = config::load(None, []).expect("the defaults load");
    config.database.min_free = bytesize::ByteSize(0);
    change(&mut config);
    Workplace { data: DataDir::prepare(&dir.join("data")).expect("a directory"), config, now: BEGINNING }
}

/// Makes a backup of what nobody serves.
fn make(place: &Workplace) -> Result<(Made, PathBuf)> {
    let source = place.data.database();
    let made =
        place.make_backup(|target, course| copy_file(&source, target, course), &GOES_ON, &mut silent())?;
    let path = place.data.backups().join(made.backup.name.to_string());
    Ok((made, path))
}

fn verified(path: &Path) -> Verified {
    verify(path, &GOES_ON, &mut silent()).expect("it can be looked at")
}

/// What lies in the folder of backups.
fn names_in(place: &Workplace) -> Vec<String> {
    let entries = std::fs::read_dir(place.data.backups()).expect("the folder");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().expect("a plain name")
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort_unstable();
    names
}
