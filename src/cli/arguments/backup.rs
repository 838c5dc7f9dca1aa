//! What `backup` takes.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Back the whole instance up, while it is served or not
    Create,
    /// List the backups in the data directory, or in the configured store
    List {
        /// Those in the store
        #[arg(long)]
        store: bool,
    },
    /// Fetch a backup from the configured store into the data directory
    Fetch {
        /// Its name; the newest when left out
        name: Option<String>,
    },
    /// Read every byte of a backup and compare it with its hash
    Verify {
        /// A backup of the data directory by its name, or any file; the newest when left out
        backup: Option<PathBuf>,
    },
    /// Restore a backup aside, check it, open it and read it, to see that one could restore it
    Drill {
        /// A backup of the data directory by its name, or any file; the newest when left out
        backup: Option<PathBuf>,
        /// An empty directory that is used and left as it is then; one that is thrown away when left out
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Restore the data directory from a backup; stop the server first
    Restore {
        /// A backup of the data directory by its name, or any file
        backup: PathBuf,
        /// Put aside what is there, and keep it
        #[arg(long)]
        force: bool,
    },
    /// Write all that one tenant has to a file, while it is served or not
    Tenant {
        /// The tenant, by id or slug
        tenant: String,
        /// The file, which must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Bring the tenant of such a file into this instance; stop the server first
    RestoreTenant {
        file: PathBuf,
        /// Its slug here; as it was when left out
        #[arg(long = "as", value_name = "SLUG")]
        slug: Option<String>,
        /// The e-mail address of the account that is to own it
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
        /// Let it work at once; otherwise it is suspended until `steading tenant resume`
        #[arg(long)]
        active: bool,
    },
}
