//! What was put aside: the data that was there before something was restored. It can be restored in turn, and is kept
//! for as long as `backup.keep_aside` says.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::folder::GOING;
use super::folder::names_in;
use super::restore::Deed;
use super::workplace::size_of;
use crate::base::config::Config;
use crate::base::data_dir::{ABOUT, DataDir, full_or_unusable};
use crate::base::db::schema_version;
use crate::base::{Error, Kind, Result, Timestamp};

const BEGINNING: &str = "replaced-";

/// The name of what was put aside: `replaced-2026-03-01T02-30-00-000Z`, by the time when it was. It can't lead out of the
/// data directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", inline)]
pub struct AsideName(String);

impl AsideName {
    /// The time that it is called by.
    fn at(&self) -> Option<Timestamp> {
        let (time, _) = self.0.strip_prefix(BEGINNING)?.split_once('Z')?;
        let (day, time) = time.split_once('T')?;
        let [hour, minute, second, millis] = time.split('-').collect::<Vec<_>>()[..] else { return None };
        format!("{day}T{hour}:{minute}:{second}.{millis}Z").parse().ok()
    }
}

impl FromStr for AsideName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_rest = |rest: &str| {
            (1..=60).contains(&rest.len())
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        match text.strip_prefix(BEGINNING) {
            Some(rest) if is_rest(rest) => Ok(Self(text.into())),
            _ => Err("what was put aside is called like replaced-2026-03-01T02-30-00-000Z"),
        }
    }
}

impl TryFrom<String> for AsideName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AsideName> for String {
    fn from(name: AsideName) -> Self {
        name.0
    }
}

impl fmt::Display for AsideName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Data that was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetAside {
    pub name: AsideName,
    /// When it was put aside, which is as of when it is.
    pub at: Timestamp,
    /// What it takes on the disk.
    pub bytes: u64,
    /// Absent when it can't be read.
    pub schema_version: Option<u32>,
    /// Who put it aside, by restoring something else.
    pub by: Option<String>,
    /// What was restored in its place, and as of when that is.
    pub restored: Option<String>,
    pub restored_made_at: Option<Timestamp>,
}

impl SetAside {
    fn read(data: &DataDir, name: AsideName) -> Option<Self> {
        let folder = DataDir::at(&folder_of(data, &name));
        let about = fs::read(folder.path().join(ABOUT)).ok();
        let about: Option<Deed> = about.and_then(|text| serde_json::from_slice(&text).ok());
        Some(Self {
            at: about.as_ref().map(|deed| deed.at).or_else(|| name.at())?,
            bytes: size_of(&folder.database()).ok()?,
            schema_version: schema_version(&folder.database()).ok().flatten(),
            by: about.as_ref().map(|deed| deed.actor.clone()),
            restored: about.as_ref().map(|deed| deed.from.clone()),
            restored_made_at: about.as_ref().map(|deed| deed.made_at),
            name,
        })
    }
}

/// Everything that was put aside, the newest first.
pub fn list_set_aside(data: &DataDir) -> Result<Vec<SetAside>> {
    let names = names_in(data.path())?;
    let mut found: Vec<SetAside> =
        names.iter().filter_map(|name| SetAside::read(data, name.parse().ok()?)).collect();
    found.sort_unstable_by(|one, other| (other.at, &other.name).cmp(&(one.at, &one.name)));
    Ok(found)
}

pub fn find_set_aside(data: &DataDir, name: &AsideName) -> Result<SetAside> {
    SetAside::read(data, name.clone())
        .ok_or_else(|| Error::new(Kind::NotFound, format!("Nothing was put aside as {name}.")))
}

/// Deletes it for good.
pub fn delete_set_aside(data: &DataDir, name: &AsideName) -> Result<()> {
    find_set_aside(data, name)?;
    // Under a name that nobody lists, so that a half deleted one is never offered.
    let going = data.path().join(format!("{GOING}{name}"));
    fs::rename(folder_of(data, name), &going).map_err(full_or_unusable)?;
    fs::remove_dir_all(&going).map_err(full_or_unusable)
}

/// Deletes what was put aside longer ago than it is kept.
pub(super) fn delete_old_set_aside(data: &DataDir, config: &Config, now: Timestamp) -> Result<()> {
    let keep = config.backup.keep_aside.into();
    for old in list_set_aside(data)?.into_iter().filter(|found| found.at < now - keep) {
        delete_set_aside(data, &old.name)?;
        tracing::info!(name = %old.name, bytes = old.bytes, "what was put aside by a restoring is kept no longer");
    }
    Ok(())
}

pub(super) fn folder_of(data: &DataDir, name: &AsideName) -> PathBuf {
    data.path().join(&name.0)
}

/// A name by this time that nothing has yet.
pub fn free_name(data: &DataDir, now: Timestamp) -> AsideName {
    let first = format!("{BEGINNING}{}", now.to_string().replace([':', '.'], "-"));
    let later = (2..).map(|number| format!("{first}-{number}"));
    let mut names = std::iter::once(first.clone()).chain(later);
    AsideName(names.find(|name| !data.path().join(name).exists()).unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_time_and_leads_nowhere_else() {
        let dir = tempfile::TempDir::new().expect("a temporary directory");
        let data = DataDir::prepare(dir.path()).expect("a directory");
        let now = Timestamp::from_millis(1_767_225_600_007);
        for expected in ["replaced-2026-01-01T00-00-00-007Z", "replaced-2026-01-01T00-00-00-007Z-2"] {
            let name = free_name(&data, now);
            assert_eq!((name.to_string().as_str(), name.at()), (expected, Some(now)));
            assert_eq!(expected.parse(), Ok(name));
            fs::create_dir(dir.path().join(expected)).expect("it is taken");
        }
        for text in ["", "replaced-", "replaced-..", "replaced-a/b", "keys", "steading-x.tar", "replaced-a.b"]
        {
            assert!(text.parse::<AsideName>().is_err(), "{text}");
        }
    }
}
