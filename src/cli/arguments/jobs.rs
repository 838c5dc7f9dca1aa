//! What `steading jobs` takes.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Args)]
pub struct Jobs {
    #[command(flatten)]
    pub remote: Remote,
    #[command(subcommand)]
    pub command: JobsCommand,
}

#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List jobs, the newest first
    List {
        /// scheduled, ready, running, done, dead or cancelled
        #[arg(long)]
        state: Option<String>,
        /// The name of the kind, such as system.ping
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        queue: Option<String>,
        /// The id, or text in the unique key or the last error
        #[arg(long)]
        search: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one job with its attempts
    Show { id: String },
    /// Enqueue a job
    Enqueue {
        /// The name of its kind, such as system.ping
        name: String,
        /// Its payload as JSON; - reads it from standard input
        #[arg(default_value = "{}")]
        payload: String,
        #[arg(long)]
        queue: Option<String>,
        /// When it is to run, such as 2026-03-01T09:30:00Z
        #[arg(long, value_name = "TIME")]
        run_at: Option<String>,
        /// While a job of this kind with this key waits or runs, no other is made
        #[arg(long, value_name = "KEY")]
        unique_key: Option<String>,
    },
    /// Let a job run again
    Retry { id: String },
    /// Cancel a job
    Cancel { id: String },
    /// How many jobs are in which state
    Stats,
    /// Let no job of a queue begin
    Pause { queue: String },
    /// Let a paused queue go on
    Resume { queue: String },
}
