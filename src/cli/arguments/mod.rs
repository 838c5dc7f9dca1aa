//! What the command line takes.

mod backup;
mod dead_letters;
mod events;
mod jobs;
mod subscriptions;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use backup::Backup;
pub use dead_letters::{DeadLetters, DeadLettersCommand, Letters};
pub use events::{Events, EventsCommand, Filter};
pub use jobs::{Jobs, JobsCommand};
pub use subscriptions::{DeliveryOptions, SubscriptionTarget, Subscriptions, SubscriptionsCommand};

/// A backend in one binary for people who host things themselves.
#[derive(Debug, Parser)]
#[command(name = "steading", version, propagate_version = true)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Args)]
pub struct Common {
    /// A configuration file; `steading init` writes one with every option
    #[arg(long, global = true, value_name = "FILE", env = "STEADING_CONFIG")]
    pub config: Option<PathBuf>,
    /// The data directory
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the data directory (what happens without a command)
    Serve(Serve),
    /// Make the data directory and a configuration file with every option
    Init,
    /// Make, list, change and delete tenants
    #[command(subcommand)]
    Tenant(Tenant),
    /// Make and list accounts
    #[command(subcommand)]
    Account(Account),
    /// Make tokens
    #[command(subcommand)]
    Token(Token),
    /// Make, list and delete a tenant's API keys
    Key(Key),
    /// Look at a tenant's jobs and move them
    Jobs(Jobs),
    /// Publish a tenant's events, look at them, follow them, deliver them again
    Events(Events),
    /// Say who listens to which events
    Subscriptions(Subscriptions),
    /// Look at deliveries that used up their attempts; replay or discard them
    DeadLetters(DeadLetters),
    /// Sign tokens with a new key from now on; tokens signed before stay valid
    KeyRotate,
    /// Print a new link with which the first owner is made
    SetupLink,
    /// Back the instance up, restore it, carry one tenant
    #[command(subcommand)]
    Backup(Backup),
    /// Check the database of a stopped server: whole, tenants kept apart, the audit untouched
    Check,
    /// Look at this machine, the configuration and the data, and say what to change
    Doctor,
    /// Print a systemd unit that runs this server with few rights, and how to install it
    Service(Service),
    /// Measure this machine: disk, writes, reads, HTTP, jobs, start
    Bench(Bench),
    /// Ask the server that runs here whether it is ready
    Healthcheck(Healthcheck),
    /// Print the OpenAPI document
    Openapi,
    /// Print completions for a shell
    Completions { shell: Shell },
}

#[derive(Debug, Default, Args)]
pub struct Serve {
    /// Where to listen, such as 0.0.0.0:7070
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

#[derive(Debug, Args)]
pub struct Service {
    /// The user as whom it runs
    #[arg(long, value_name = "NAME", default_value = "steading")]
    pub user: String,
    /// Where the binary will lie; this one when left out
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Bench {
    /// Take some seconds instead of most of a minute, for rough figures
    #[arg(long)]
    pub quick: bool,
    /// Measure these parts alone; may be given several times
    #[arg(long, value_name = "PART")]
    pub only: Vec<Part>,
    /// Jobs in a backlog that is worked off; 50,000 when left out
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub jobs: Option<u32>,
    /// Tenants among which jobs and events are spread; 20 when left out
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub tenants: Option<u32>,
    /// Measure five million jobs too; that takes 6 GB of disk and some minutes. With --only backup, an instance of
    /// more than 1 GB instead
    #[arg(long)]
    pub large: bool,
    /// Runs jobs that never end in the data directory, to be killed with them
    #[arg(long, hide = true)]
    pub hold: bool,
}

/// What `bench` can measure alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Disk,
    Reads,
    Http,
    Writes,
    Tokens,
    SignIns,
    Neighbours,
    Jobs,
    Events,
    Telemetry,
    Recovery,
    Start,
    Idle,
    Backup,
    Large,
}

impl Bench {
    pub fn wants(&self, part: Part) -> bool {
        match part {
            Part::Large if self.large => !self.only.contains(&Part::Backup),
            Part::Large | Part::Backup => self.only.contains(&part),
            _ => self.only.is_empty() || self.only.contains(&part),
        }
    }

    pub fn wants_any(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.wants(*part))
    }
}

#[derive(Debug, Args)]
pub struct Healthcheck {
    /// The server's address; the configured one when left out
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Tenant {
    /// Make a tenant
    Create {
        /// Its short name, such as acme
        slug: String,
        /// Its name; the slug when left out
        #[arg(long)]
        name: Option<String>,
        /// The e-mail address of the account that owns it; the instance's only owner when left out
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
        /// A host name under which it is reached; may be given several times
        #[arg(long = "host", value_name = "HOST")]
        hosts: Vec<String>,
    },
    /// List tenants
    List,
    /// Show one tenant
    Show { tenant: String },
    /// Change a tenant's slug, name or hosts
    Rename {
        tenant: String,
        /// Its new slug
        #[arg(long)]
        slug: Option<String>,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        /// Its host names from now on; may be given several times
        #[arg(long = "host", value_name = "HOST")]
        hosts: Vec<String>,
    },
    /// Let nobody act in a tenant until it is resumed
    Suspend { tenant: String },
    /// Let people act in a suspended tenant again
    Resume { tenant: String },
    /// Delete a tenant with all that it has, for ever
    Delete {
        tenant: String,
        /// Really delete it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Account {
    /// Make an account
    Create {
        #[arg(long)]
        email: String,
        #[arg(long, default_value = "")]
        name: String,
        /// It owns the instance: makes tenants and accounts
        #[arg(long)]
        owner: bool,
    },
    /// List accounts
    List,
}

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token for an account; it is shown once
    Create {
        /// The account's e-mail address
        #[arg(long, value_name = "EMAIL")]
        account: String,
        /// The one tenant that the token is for, by id or slug
        #[arg(long)]
        tenant: Option<String>,
        /// How long it is valid
        #[arg(long, default_value = "30d", value_name = "TIME")]
        expires: String,
    },
    /// Make a narrower token from one that you hold, without asking the server
    Narrow(Narrow),
    /// Say what a token allows, without asking the server
    Inspect {
        /// The token; - reads it from standard input
        #[arg(long, default_value = "-")]
        token: String,
    },
}

#[derive(Debug, Args)]
pub struct Narrow {
    /// The token; - reads it from standard input
    #[arg(long, default_value = "-")]
    pub token: String,
    /// Only this permission, such as requests:read; may be given several times
    #[arg(long = "allow", value_name = "PERMISSION")]
    pub operations: Vec<String>,
    /// Only this path after /api/, such as requests/*; may be given several times
    #[arg(long = "resource", value_name = "PATH")]
    pub resources: Vec<String>,
    /// Only this method, such as GET; may be given several times
    #[arg(long = "method", value_name = "METHOD")]
    pub methods: Vec<String>,
    /// Only in this tenant, by id or slug
    #[arg(long)]
    pub tenant: Option<String>,
    /// Only for so long from now
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
}

/// Which server, and as whom.
#[derive(Debug, Args)]
pub struct Remote {
    /// The server's address; the one that runs on the data directory when left out
    #[arg(long, global = true, value_name = "URL", env = "STEADING_URL")]
    pub url: Option<String>,
    /// A token that may do it
    #[arg(long, global = true, value_name = "TOKEN", env = "STEADING_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// The tenant, by id or slug; the token's own when left out
    #[arg(long, global = true)]
    pub tenant: Option<String>,
}

#[derive(Debug, Args)]
pub struct Key {
    #[command(flatten)]
    pub remote: Remote,
    #[command(subcommand)]
    pub command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key and print its token, which is shown this once
    Create {
        /// What it is for
        name: String,
        /// A permission that you hold, such as requests:read; may be given several times
        #[arg(long = "allow", value_name = "PERMISSION", required = true)]
        permissions: Vec<String>,
        /// Only this path after /api/, such as requests/*; may be given several times
        #[arg(long = "resource", value_name = "PATH")]
        resources: Vec<String>,
        /// How long it is valid; for good when left out
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List keys, without their tokens
    List,
    /// Delete a key; its token ends at once
    Delete { id: String },
}
