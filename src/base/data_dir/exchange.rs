//! The exchange: other data takes the place of what is there, and what was there is put aside.
//!
//! What comes lies ready within the directory. Then a plan is put down and seen onto the disk, and from there on the
//! exchange is finished by whoever takes the directory next, however often that is cut off: every step can be done
//! again. Before the plan there is the old data alone, and nobody opens the directory while there is one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DataDir, Lock, full_or_unusable};
use crate::base::{Error, Result};

/// What belongs together, in the order in which it moves: a log is never without its database for long, and the
/// database is the last to come.
const PARTS: [&str; 4] = ["keys", "steading.db-wal", "steading.db-shm", "steading.db"];

/// What data that was put aside says of itself.
pub const ABOUT: &str = "about.json";

/// What is to move where; all names are folders of the data directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// Where that lies which comes. It is gone afterwards.
    pub comes_from: String,
    /// Where that goes which is there.
    pub goes_to: String,
    /// A folder that is deleted in the end, since what was in it came.
    pub is_used_up: Option<String>,
    /// Who asked for it and why, for the audit of what came; null when that has nothing to say of it.
    pub note: Value,
    /// Whether everything has gone, so that what lies in the directory from now on is what came.
    #[serde(default)]
    has_gone: bool,
}

/// Told the name of each step before it is done; an error there is a process that ends.
type Before<'b> = dyn FnMut(&str) -> Result<()> + 'b;

impl Exchange {
    pub fn new(comes_from: &str, goes_to: &str, is_used_up: Option<String>, note: Value) -> Self {
        Self { comes_from: comes_from.into(), goes_to: goes_to.into(), is_used_up, note, has_gone: false }
    }
}

impl DataDir {
    /// Exchanges the data of a directory that this process holds and has closed. It answers where that lies now which
    /// was there, if anything was.
    pub fn exchange(&self, held: &Lock, exchange: &Exchange) -> Result<Option<PathBuf>> {
        self.exchange_telling(held, exchange, &mut |_| Ok(()))
    }

    /// The same, and tells of each step before it is done, for tests that cut it off there.
    pub fn exchange_telling(
        &self,
        held: &Lock,
        exchange: &Exchange,
        before: &mut Before<'_>,
    ) -> Result<Option<PathBuf>> {
        before("plan")?;
        self.put_plan(exchange)?;
        self.finish_exchange(held, before)?;
        let aside = self.path().join(&exchange.goes_to);
        Ok(aside.exists().then_some(aside))
    }

    /// Finishes an exchange that was cut off, if there is one.
    pub(super) fn finish_exchange(&self, _held: &Lock, before: &mut Before<'_>) -> Result<()> {
        let Some(mut exchange) = self.read_plan()? else { return Ok(()) };
        let (fresh, aside) = (self.path().join(&exchange.comes_from), self.path().join(&exchange.goes_to));
        if !exchange.has_gone {
            before("go")?;
            self.let_go(&aside, before).map_err(full_or_unusable)?;
            exchange.has_gone = true;
            before("gone")?;
            self.put_plan(&exchange)?;
        }
        self.let_come(&fresh, before).map_err(full_or_unusable)?;
        let has_note = !exchange.note.is_null();
        if has_note && aside.exists() {
            before("about")?;
            let about = serde_json::to_vec_pretty(&exchange.note).map_err(Error::internal)?;
            put(&aside.join(ABOUT), &about).map_err(full_or_unusable)?;
        }
        for folder in exchange.is_used_up.iter().map(|name| self.path().join(name)).chain([fresh]) {
            before("clear")?;
            clear(&folder).map_err(full_or_unusable)?;
        }
        before("done")?;
        let finish = || {
            match has_note {
                true => put(&self.note(), &serde_json::to_vec(&exchange.note)?)?,
                false => remove(&self.note())?,
            }
            remove(&self.unfinished())?;
            remove(&self.plan())?;
            sync(self.path())
        };
        finish().map_err(full_or_unusable)
    }

    /// Moves what is there aside.
    fn let_go(&self, aside: &Path, before: &mut Before<'_>) -> io::Result<()> {
        for name in PARTS {
            let from = self.path().join(name);
            // A folder without anything in it is nothing to keep; a start makes one.
            if !from.exists() || fs::remove_dir(&from).is_ok() {
                continue;
            }
            before(&format!("go {name}")).map_err(io::Error::other)?;
            make_folder(aside)?;
            fs::rename(&from, aside.join(name))?;
        }
        if aside.exists() {
            sync(aside)?;
        }
        sync(self.path())
    }

    /// Moves what comes to its place.
    fn let_come(&self, fresh: &Path, before: &mut Before<'_>) -> io::Result<()> {
        for name in PARTS {
            let from = fresh.join(name);
            if from.exists() {
                before(&format!("come {name}")).map_err(io::Error::other)?;
                fs::rename(&from, self.path().join(name))?;
            }
        }
        if fresh.exists() {
            sync(fresh)?;
        }
        sync(self.path())
    }

    /// The plan of an exchange that is not over.
    pub(super) fn plan(&self) -> PathBuf {
        self.path().join("exchange.json")
    }

    /// The note of the last exchange, until somebody takes it.
    fn note(&self) -> PathBuf {
        self.path().join("exchanged.json")
    }

    fn put_plan(&self, exchange: &Exchange) -> Result<()> {
        let text = serde_json::to_vec(exchange).map_err(Error::internal)?;
        put(&self.plan(), &text).map_err(full_or_unusable)
    }

    fn read_plan(&self) -> Result<Option<Exchange>> {
        match read(&self.plan())? {
            Some(text) => serde_json::from_slice(&text).map(Some).map_err(Error::internal),
            None => Ok(None),
        }
    }

    /// What is to be said of the last exchange, while it was not said.
    pub fn exchanged(&self) -> Result<Option<Value>> {
        let text = read(&self.note())?;
        Ok(text.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    /// It was said.
    pub fn forget_exchanged(&self) -> Result<()> {
        let forget = || {
            remove(&self.note())?;
            sync(self.path())
        };
        forget().map_err(full_or_unusable)
    }
}

/// Writes a file that is there whole or as it was before.
fn put(path: &Path, text: &[u8]) -> io::Result<()> {
    let unfinished = path.with_added_extension("new");
    let mut file = File::create(&unfinished)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    sync(path.parent().unwrap_or(Path::new(".")))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(full_or_unusable(error)),
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn clear(folder: &Path) -> io::Result<()> {
    if_there(fs::remove_dir_all(folder))
}

fn remove(file: &Path) -> io::Result<()> {
    if_there(fs::remove_file(file))
}

fn if_there(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Sees the names of a folder onto the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("it is written");
    }

    /// A directory with old data, and new data that lies ready.
    fn prepared() -> (TempDir, DataDir) {
        let dir = TempDir::new().expect("a temporary directory");
        let data = DataDir::prepare(dir.path()).expect("a directory");
        for name in ["keys/1", "keys/2", "steading.db", "steading.db-wal", "steading.db-shm"] {
            write(&dir.path().join(name), "old");
        }
        for name in ["keys/1", "steading.db"] {
            write(&dir.path().join("fresh").join(name), "new");
        }
        write(&dir.path().join("used/steading.db"), "used up");
        (dir, data)
    }

    fn exchange() -> Exchange {
        Exchange::new("fresh", "aside", Some("used".into()), serde_json::json!({ "by": "me" }))
    }

    fn state_of(folder: &Path) -> Vec<(String, String)> {
        let names = ["keys/1", "keys/2", "steading.db", "steading.db-wal", "steading.db-shm"];
        let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
        names.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect()
    }

    fn all(text: &str, names: &[&str]) -> Vec<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), text.to_owned())).collect()
    }

    /// Every step of a whole exchange.
    fn steps() -> Vec<String> {
        let (_dir, data) = prepared();
        let lock = data.lock().expect("nobody has it");
        let mut steps = Vec::new();
        let note = &mut |step: &str| {
            steps.push(step.to_owned());
            Ok(())
        };
        data.exchange_telling(&lock, &exchange(), note).expect("it is exchanged");
        steps
    }

    /// A process that ends after so many steps.
    fn dying_after(steps: usize) -> impl FnMut(&str) -> Result<()> {
        let mut left = steps;
        move |_| {
            left = left.checked_sub(1).ok_or_else(|| Error::internal("the process ends"))?;
            Ok(())
        }
    }

    #[test]
    fn cut_off_before_any_step_it_is_the_old_data_or_the_new_and_never_a_part() {
        let steps = steps();
        assert!(steps.len() > 10, "{steps:?}");
        for (nth, name) in steps.iter().enumerate() {
            // The next process is cut off as well, at each place that there is yet.
            for later in 0..=steps.len() - nth {
                let (dir, data) = prepared();
                let lock = data.lock().expect("nobody has it");
                data.exchange_telling(&lock, &exchange(), &mut dying_after(nth)).expect_err("it is cut off");
                drop(lock);
                // A start makes the folders that it misses.
                let data = DataDir::prepare(data.path()).expect("a directory");
                let lock = data.lock_as_it_is().expect("nobody has it");
                // It may come to its end.
                let _ = data.finish_exchange(&lock, &mut dying_after(later));
                drop(lock);
                DataDir::prepare(data.path()).expect("a directory").lock().expect("it can be served");

                let (here, aside) = (state_of(dir.path()), state_of(&dir.path().join("aside")));
                let old =
                    all("old", &["keys/1", "keys/2", "steading.db", "steading.db-wal", "steading.db-shm"]);
                if name == "plan" {
                    assert_eq!((here, aside), (old, Vec::new()), "before {name}");
                    assert!(dir.path().join("used").exists());
                } else {
                    assert_eq!((here, aside), (all("new", &["keys/1", "steading.db"]), old), "before {name}");
                    let note = data.exchanged().expect("it is readable").expect("a note");
                    assert_eq!(note["by"], "me");
                    assert!(!dir.path().join("fresh").exists() && !dir.path().join("used").exists());
                    assert!(dir.path().join("aside").join(ABOUT).exists());
                }
            }
        }
    }

    #[test]
    fn into_an_empty_directory_nothing_goes_aside() {
        let dir = TempDir::new().expect("a temporary directory");
        let data = DataDir::prepare(dir.path()).expect("a directory");
        write(&dir.path().join("fresh/keys/1"), "new");
        write(&dir.path().join("fresh/steading.db"), "new");
        let lock = data.lock().expect("nobody has it");
        let aside = data.exchange(&lock, &exchange()).expect("it is exchanged");
        assert_eq!((aside, state_of(dir.path())), (None, all("new", &["keys/1", "steading.db"])));
        data.forget_exchanged().expect("it is forgotten");
        assert_eq!(data.exchanged().expect("it is readable"), None);
    }

    #[test]
    fn a_directory_in_the_middle_of_an_exchange_is_no_empty_one() {
        let (dir, data) = prepared();
        let lock = data.lock().expect("nobody has it");
        let mut die = |step: &str| match step {
            "come steading.db" => Err(Error::internal("the process ends")),
            _ => Ok(()),
        };
        data.exchange_telling(&lock, &exchange(), &mut die).expect_err("it is cut off");
        drop(lock);
        assert!(!data.database().exists());
        DataDir::existing(dir.path()).expect("it will be there").lock().expect("it is finished");
        assert!(data.database().exists());
    }
}
