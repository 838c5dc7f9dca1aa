//! One tenant in a file of its own, and from there into another instance or beside itself.
//!
//! The file has everything that is the tenant's, and nothing of the instance: not its signing keys, and of the
//! accounts that work in the tenant only their ids. So in an instance with other keys the tenant's people sign in with
//! the passwords that they have, while tokens and API keys that were given out before are void there.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::Serialize;

use super::archive::{Partial, folder_of};
use super::errand::{Tell, share};
use super::folder::SCRATCH;
use super::manifest::Contents;
use super::reader::{Backup, damaged};
use super::unpack::unpack;
use super::workplace::{Workplace, public_keys, size_of};
use crate::base::data_dir::{DataDir, full_or_unusable};
use crate::base::db::{self, Arrival, Arrived, Course, check_file, migrate, newest_version};
use crate::base::{Error, Kind, Result};

/// A tenant that was carried out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CarriedOut {
    pub id: String,
    pub slug: String,
    pub file: PathBuf,
    pub bytes: u64,
    pub database_bytes: u64,
    /// Whether somebody may still act in it, and its jobs run on.
    pub is_active: bool,
}

/// A tenant that was brought in.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BroughtIn {
    #[serde(flatten)]
    pub arrived: Arrived,
    pub is_active: bool,
    /// Whether tokens that were given out before are honoured here.
    pub tokens_hold: bool,
}

impl Workplace {
    /// Writes what a tenant has to a new file. A server may serve it meanwhile.
    pub fn carry_out(
        &self,
        tenant: &str,
        target: &Path,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<CarriedOut> {
        if target.exists() {
            return Err(Error::conflict(format!("{} exists already; name another file.", target.display())));
        }
        let found = db::find_resident(&self.data.database(), tenant)?
            .filter(|found| found.state != "deleting")
            .ok_or_else(|| Error::new(Kind::NotFound, format!("There is no tenant {tenant} here.")))?;
        let rows = Partial::at(beside(target, "db")?);
        let mut in_words = |done, all| tell(share(done, all, 0..50), "copies what it has");
        let course = &mut Course { stop, tell: &mut in_words };
        let copied = db::carry_out(&self.data.database(), rows.path(), found.number, self.now, course)?;
        let problems = check_file(rows.path())?.problems;
        if !problems.is_empty() {
            return Err(Error::conflict(format!("What the tenant has is not whole: {}", problems.join(" "))));
        }
        let packed = Partial::at(beside(target, "packed")?);
        let mut in_words = |done, all| tell(share(done, all, 50..100), "packs it");
        let course = &mut Course { stop, tell: &mut in_words };
        let contents = Contents::Tenant { id: found.id.clone(), slug: found.slug.clone() };
        let manifest = self.pack(packed.path(), rows.path(), &copied, contents, course)?;
        let bytes = size_of(packed.path())?;
        packed.rename(target)?;
        Ok(CarriedOut {
            id: found.id,
            slug: found.slug,
            file: target.to_owned(),
            bytes,
            database_bytes: manifest.database.bytes,
            is_active: found.state == "active",
        })
    }

    /// Brings the tenant of such a file into this directory, which no server may hold.
    pub fn bring_in(
        &self,
        path: &Path,
        arrival: &Arrival,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<BroughtIn> {
        let _lock = self.data.lock()?;
        let mut backup = Backup::open(path)?;
        self.must_fit(&backup)?;
        // Unpacked, and then again as rows of the database and of its log.
        self.room(self.data.path()).must_hold(backup.manifest.database.bytes.saturating_mul(3))?;
        let place = tempfile::Builder::new()
            .prefix(SCRATCH)
            .tempdir_in(self.data.backups())
            .map_err(full_or_unusable)?;
        let apart = DataDir::at(place.path());
        let mut in_words = |done, all| tell(share(done, all, 0..50), "unpacks it");
        unpack(&mut backup, &apart, &mut Course { stop, tell: &mut in_words })?;
        migrate(&apart.database(), &apart.backups(), self.now)?;
        tell(60, "brings it in");
        let arrived = db::carry_in(&self.data.database(), &apart.database(), arrival, self.now)?;
        let own = public_keys(&self.data)?;
        let tokens_hold =
            arrived.is_same && backup.manifest.instance.public_keys.iter().any(|key| own.contains(key));
        Ok(BroughtIn { arrived, is_active: arrival.is_active, tokens_hold })
    }

    fn must_fit(&self, backup: &Backup) -> Result<()> {
        let (theirs, ours) = (backup.manifest.schema_version, newest_version());
        if backup.manifest.contents == Contents::Instance {
            return Err(Error::conflict(
                "This is a backup of a whole instance; restore it with `steading backup restore`, or carry one \
                 tenant out of it there.",
            ));
        }
        if theirs > ours {
            return Err(damaged(format!(
                "The file has schema version {theirs} and this binary knows up to {ours}; upgrade this instance to \
                 version {} first.",
                backup.manifest.version
            )));
        }
        match db::schema_version(&self.data.database())? == Some(ours) {
            true => Ok(()),
            false => Err(Error::conflict(
                "This instance's database is not of this binary's version; start `steading serve` here once, then \
                 bring the tenant in.",
            )),
        }
    }
}

/// A hidden file beside the target, until that is whole.
fn beside(target: &Path, ending: &str) -> Result<PathBuf> {
    let name = target.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Error::invalid("out", "must name a file"))?;
    let path = folder_of(target).join(format!(".{name}.{ending}"));
    if path.exists() {
        // It was left by one that was killed.
        std::fs::remove_file(&path).map_err(full_or_unusable)?;
    }
    Ok(path)
}
