//! The drill: restoring a backup apart, to see that one could. It is unpacked into a directory that is thrown away,
//! checked as `steading check` does, opened and brought to this binary's schema as a start would, and read.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errand::{Tell, share};
use super::folder::SCRATCH;
use super::manifest::Contents;
use super::reader::Backup;
use super::unpack::{unpack, verify};
use super::workplace::Workplace;
use crate::base::data_dir::{DataDir, full_or_unusable};
use crate::base::db::{Course, Db, Settings, check_file};
use crate::base::{Error, Id, Result};
use crate::kernel::identity::{Claims, Identity, Subject};
use crate::kernel::tenants::Directory;

/// What a drill found; the backup can be restored when `problems` is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drilled {
    /// Of the backup; 0 when its manifest can't be read.
    pub schema_version: u32,
    /// That it has after a start with this binary.
    pub upgraded_to: u32,
    /// Tenants that were found in it, the reserved one left out.
    pub tenants: u64,
    pub database_bytes: u64,
    pub seconds: f64,
    pub problems: Vec<String>,
}

impl Workplace {
    /// Restores a backup into a directory beside the others that is gone afterwards.
    pub fn drill(&self, path: &Path, stop: &AtomicBool, tell: &mut Tell<'_>) -> Result<Drilled> {
        let folder = self.data.backups();
        std::fs::create_dir_all(&folder).map_err(full_or_unusable)?;
        let place = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(folder).map_err(full_or_unusable)?;
        self.drill_in(path, place.path(), stop, tell)
    }

    /// The same in this directory, which must be empty and is left as it is afterwards.
    pub fn drill_in(
        &self,
        path: &Path,
        place: &Path,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<Drilled> {
        let started = Instant::now();
        let apart = DataDir::at(place);
        let backup = match self.unpack_apart(path, &apart, stop, tell) {
            Ok(backup) => backup,
            Err(error) => return name_damage(path, stop, tell, error),
        };
        tell(70, "checks it");
        let mut drilled = Drilled {
            schema_version: backup.manifest.schema_version,
            upgraded_to: backup.manifest.schema_version,
            tenants: 0,
            database_bytes: backup.manifest.database.bytes,
            seconds: 0.0,
            problems: check_file(&apart.database())?.problems,
        };
        tell(90, "opens it");
        if drilled.problems.is_empty() {
            self.open(&apart, &backup.manifest.contents, &mut drilled)?;
        }
        drilled.seconds = started.elapsed().as_secs_f64();
        Ok(drilled)
    }

    fn unpack_apart(
        &self,
        path: &Path,
        apart: &DataDir,
        stop: &AtomicBool,
        tell: &mut Tell<'_>,
    ) -> Result<Backup> {
        let mut backup = Backup::open(path)?;
        self.room(apart.path()).must_hold(backup.manifest.database.bytes)?;
        let mut in_words = |done, all| tell(share(done, all, 0..70), "unpacks it");
        unpack(&mut backup, apart, &mut Course { stop, tell: &mut in_words })?;
        Ok(backup)
    }

    /// Opens it as a server would, and looks whether it can be read and its keys honour tokens.
    fn open(&self, apart: &DataDir, contents: &Contents, drilled: &mut Drilled) -> Result<()> {
        let database = &self.config.database;
        let settings = Settings {
            file: apart.database(),
            backups: apart.backups(),
            synchronous: database.synchronous,
            readers: 1,
            read_limit: database.read_limit.into(),
            write_limit: database.write_limit.into(),
            write_queue: database.write_queue,
        };
        let db = Db::open(&settings, self.now)?;
        drilled.upgraded_to = db.upgrade().to;
        let tenants = Directory::load(&db)?;
        drilled.tenants = tenants.all().len() as u64 - 1;
        drilled.problems.extend(check_after_upgrade(&db, apart)?);
        if *contents == Contents::Instance {
            let identity = Identity::open(&apart.keys(), &self.config, &db, self.now)?;
            let claims = Claims {
                realm: tenants.instance()?.id,
                subject: Subject::Operator,
                token: Id::fresh(),
                tenant: None,
                is_key: false,
                expires_at: self.now + Duration::from_secs(60),
            };
            identity.verify(&identity.mint(claims)?.token, self.now).map_err(|error| {
                Error::internal(format!("a token of the restored keys is not honoured: {error}"))
            })?;
        }
        db.close();
        Ok(())
    }
}

/// What is damaged in a backup that could not be unpacked, as `verify` says it. When nothing is, that was for another
/// reason.
fn name_damage(path: &Path, stop: &AtomicBool, tell: &mut Tell<'_>, error: Error) -> Result<Drilled> {
    let verified = verify(path, stop, tell)?;
    if verified.problems.is_empty() {
        return Err(error);
    }
    Ok(Drilled {
        schema_version: 0,
        upgraded_to: 0,
        tenants: 0,
        database_bytes: verified.database_bytes,
        seconds: 0.0,
        problems: verified.problems,
    })
}

/// What an upgrade brought to light; nothing when there was none, as all was looked at before.
fn check_after_upgrade(db: &Db, apart: &DataDir) -> Result<Vec<String>> {
    match db.upgrade().copy {
        Some(_) => Ok(check_file(&apart.database())?.problems),
        None => Ok(Vec::new()),
    }
}
