//! The kernel: what every feature stands on, called alike from routes, jobs, the command line and
//! tests. It knows tenants and who may do what in them, and it knows nothing of HTTP.

pub mod audit;
pub mod backups;
pub mod concerns;
pub mod events;
pub mod figures;
mod hand;
pub mod identity;
pub mod jobs;
pub mod limits;
pub mod machine;
pub mod outbound;
mod proof;
pub mod replies;
mod room;
#[cfg(test)]
mod sim;
pub mod telemetry;
pub mod tenants;
pub mod timeline;
#[doc(hidden)]
pub mod tried;
pub mod upkeep;
pub mod webhooks;
mod who;

use std::sync::Arc;

use crate::base::config::{Checkpoint, Config};
use crate::base::data_dir::DataDir;
use crate::base::db::{Db, Settings};
use crate::base::{Clock, Id, Result, Timestamp};
use backups::Backups;
use events::{EventHandler, Events, FactKind};
use identity::Identity;
use jobs::{JobKind, Jobs};
use limits::Limits;
use outbound::Outbound;
use proof::Proof;
use replies::Fingerprints;
use room::Room;
use telemetry::Telemetry;
use telemetry::export::{Exports, Tally};
use tenants::Directory;

pub use hand::{Hand, lacks};
pub use room::Standing;
pub use who::{Actor, Chain, TraceId, Who};

/// What features give the kernel to work with.
#[derive(Default, Clone)]
pub struct Features {
    /// Kinds of jobs.
    pub jobs: Vec<JobKind>,
    /// Types of events.
    pub facts: Vec<FactKind>,
    /// Handlers of events.
    pub handlers: Vec<EventHandler>,
}

/// One instance at work.
pub struct Kernel {
    pub db: Db,
    pub clock: Clock,
    /// When this process began, by the system's clock.
    pub began: Timestamp,
    pub config: Config,
    pub data: DataDir,
    pub tenants: Arc<Directory>,
    pub identity: Identity,
    pub jobs: Jobs,
    pub events: Events,
    pub limits: Limits,
    pub fingerprints: Fingerprints,
    pub outbound: Arc<Outbound>,
    pub telemetry: Telemetry,
    /// What became of telemetry on its way to others.
    pub exported: Vec<Arc<Tally>>,
    pub room: Room,
    pub backups: Backups,
    proof: Proof,
}

impl Kernel {
    /// Opens the data directory's store and keys. The caller holds the directory's lock.
    pub fn open(config: Config, data: DataDir, clock: Clock, features: &Features) -> Result<Self> {
        let db = Db::open(
            &Settings {
                file: data.database(),
                backups: data.backups(),
                synchronous: config.database.synchronous,
                readers: config.database.readers,
                read_limit: config.database.read_limit.into(),
                write_limit: config.database.write_limit.into(),
                write_queue: config.database.write_queue,
            },
            clock.now(),
        )?;
        if config.database.checkpoint == Checkpoint::Outside {
            db.leave_log();
        }
        let tenants = Arc::new(Directory::load(&db)?);
        let identity = Identity::open(&data.keys(), &config, &db, clock.now())?;
        let kinds = [events::JOBS, &features.jobs].concat();
        let jobs = Jobs::new(&kinds, &config.jobs, clock.clone(), Arc::clone(&tenants));
        jobs.listen(events::job_moved);
        db.attend(jobs.clone());
        let facts = [events::FACTS, identity::FACTS, &features.facts].concat();
        let events = Events::new(&facts, &features.handlers, clock.clone(), Arc::clone(&tenants));
        db.attend(events.clone());
        let limits = Limits::new(&config.limits, clock.clone());
        db.attend(limits.clone());
        let fingerprints = Fingerprints::open(&data.keys())?;
        let proof = Proof::default();
        let outbound = Arc::new(Outbound::open(&config.outbound)?);
        let (file, known) = (data.telemetry(), Arc::clone(&tenants));
        let exports = Exports::open(&config.telemetry, tenants.instance()?.id, &outbound, &clock)?;
        let (exported, sinks) = (exports.tallies, exports.sinks);
        let telemetry = Telemetry::open(&config.telemetry, file, clock.clone(), known, sinks)?;
        db.attend(telemetry.clone());
        let room = Room::in_directory(data.clone(), config.database.min_free.as_u64());
        let backups = Backups::default();
        Ok(Self {
            db,
            clock,
            began: Clock::System.now(),
            config,
            data,
            tenants,
            identity,
            jobs,
            events,
            limits,
            outbound,
            telemetry,
            exported,
            room,
            fingerprints,
            backups,
            proof,
        })
    }

    /// The operator at the command line, and the instance itself: who acts when nobody calls.
    pub fn operator(&self) -> Result<Who> {
        Ok(Who {
            tenant: self.tenants.instance()?,
            actor: Actor::System,
            trace: TraceId::fresh(),
            address: String::new(),
            request: Id::fresh(),
            chain: Chain::default(),
        })
    }

    /// Reads from the database, to see whether it answers.
    pub fn prove_readable(&self) -> Result<()> {
        self.db.system().read_here(|tx| tenants::count_tenants(tx).map(drop))
    }
}
