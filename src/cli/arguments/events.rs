//! What `steading events` takes.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Args)]
pub struct Events {
    #[command(flatten)]
    pub remote: Remote,
    #[command(subcommand)]
    pub command: EventsCommand,
}

#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// Publish an event
    Publish {
        /// Its type, such as order.paid
        #[arg(value_name = "TYPE")]
        event_type: String,
        /// What it is about, such as the id of an order
        #[arg(long)]
        subject: Option<String>,
        /// Its payload; - reads it from standard input
        #[arg(long, value_name = "JSON", default_value = "null", hide_default_value = true)]
        payload: String,
        /// A repeat with the same key publishes nothing
        #[arg(long)]
        key: Option<String>,
    },
    /// List events, the newest first
    List {
        #[command(flatten)]
        filter: Filter,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one event with its deliveries and their attempts
    Show { id: String },
    /// Deliver an event again, or all that a filter finds
    Replay {
        /// The one event; leave it out to say which with a filter
        #[arg(conflicts_with_all = ["event_type", "subject", "status", "since", "until", "dry_run"])]
        id: Option<String>,
        /// Only to this subscription, by name or id; may be given several times
        #[arg(long = "handler", value_name = "NAME")]
        handlers: Vec<String>,
        #[command(flatten)]
        filter: Filter,
        /// Only count the events
        #[arg(long)]
        dry_run: bool,
    },
    /// Print events as they are published, one on each line, until Ctrl-C
    Tail {
        /// A type, types under a prefix such as order.*, or * for all
        #[arg(long)]
        pattern: Option<String>,
        /// Begin after this event; with the next that is published when left out
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
    /// List the types of events
    Types,
    /// Show rates, failures and times by type and handler
    Metrics {
        /// From when on, as a time or how long ago; a day ago when left out
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Up to when; now when left out
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    },
}

/// Which events are meant.
#[derive(Debug, Args)]
pub struct Filter {
    /// A type, or types under a prefix such as order.*
    #[arg(long = "type", value_name = "PATTERN")]
    pub event_type: Option<String>,
    #[arg(long)]
    pub subject: Option<String>,
    /// delivered, pending, failing or dead
    #[arg(long)]
    pub status: Option<String>,
    /// Published since, such as 2026-03-01T09:30:00Z, or how long ago, such as 2h
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Published before
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}
