//! Backups: the whole instance in one file, made while it is served; and one tenant in a file.
//!
//! A backup holds the signing keys, since the tokens that were given out would be void without them: whoever reads it
//! can sign in as anybody. It is written for its owner's eyes only, under another name until it is whole, and covers
//! every byte with a hash. What it must never do: stop or slow those who write, or leave half a file that counts as one.
//!
//! Making, verifying and drills are jobs of the instance. Restoring is not, since a job would come back with the data that
//! it belongs to: it is prepared by a thread of its own, and the server exchanges the data when nobody uses it.

mod archive;
mod drill;
mod errand;
mod folder;
mod going_back;
mod keep;
mod make;
mod manifest;
mod reader;
mod restore;
mod schedule;
mod set_aside;
mod store;
mod tenant;
mod unpack;
mod workplace;

use std::sync::Arc;

pub use drill::Drilled;
pub use errand::{Backups, Errand, Step, Tell};
pub use folder::{
    BackupName, Summary, clear_leftovers, delete_backup, find_backup, list_backups, must_exist,
};
pub use going_back::{GoingBack, Ready, is_told};
pub use make::Made;
pub use manifest::{Contents, Manifest, Part};
pub use reader::Backup;
pub use restore::{Deed, Restorable, Restored, Source};
pub use schedule::keep_schedule;
pub use set_aside::{
    AsideName, SetAside, delete_set_aside, find_set_aside, free_name as free_aside_name, list_set_aside,
};
pub use store::Store;
pub(super) use store::texts;
pub use tenant::{BroughtIn, CarriedOut};
pub use unpack::{Verified, verify};
pub use workplace::Workplace;

use crate::base::Result;
use crate::kernel::Kernel;

impl Kernel {
    /// Where this instance's backups are made.
    fn workplace(&self) -> Workplace {
        Workplace { data: self.data.clone(), config: self.config.clone(), now: self.clock.now() }
    }

    /// Begins a backup of this instance; nothing when another piece of such work is under way.
    pub fn begin_backup(self: &Arc<Self>) -> Result<Option<Errand<Made>>> {
        let (kernel, workplace) = (Arc::clone(self), self.workplace());
        self.backups.begin("backup", move |stop, tell| {
            workplace.make_backup(|target, course| kernel.db.copy_to(target, course), stop, tell)
        })
    }

    /// Puts a backup into the configured store, and deletes there what no rule keeps any more.
    pub async fn send_backup(&self, name: &BackupName) -> Result<Vec<BackupName>> {
        let Some(store) = Store::open(&self.config, self.clock.clone())? else { return Ok(Vec::new()) };
        store.put(&must_exist(&self.data, name)?, name, |_, _| {}).await?;
        let mut deleted = Vec::new();
        for old in keep::old_among(store.list().await?, &self.config.backup) {
            store.delete(&old).await?;
            deleted.push(old);
        }
        Ok(deleted)
    }

    /// Begins to read every byte of a backup.
    pub fn begin_verifying(&self, name: &BackupName) -> Result<Option<Errand<Verified>>> {
        let path = must_exist(&self.data, name)?;
        self.backups.begin("verify", move |stop, tell| verify(&path, stop, tell))
    }

    /// Begins to restore a backup aside.
    pub fn begin_drill(&self, name: &BackupName) -> Result<Option<Errand<Drilled>>> {
        let (path, workplace) = (must_exist(&self.data, name)?, self.workplace());
        self.backups.begin("drill", move |stop, tell| workplace.drill(&path, stop, tell))
    }
}
