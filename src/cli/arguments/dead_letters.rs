//! What `steading dead-letters` takes.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Args)]
pub struct DeadLetters {
    #[command(flatten)]
    pub remote: Remote,
    #[command(subcommand)]
    pub command: DeadLettersCommand,
}

#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// List dead letters, the newest first
    List {
        /// Of this subscription, by name or id
        #[arg(long, value_name = "NAME")]
        handler: Option<String>,
        /// Of the group whose errors are alike
        #[arg(long)]
        fingerprint: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// List groups of dead letters whose errors are alike
    Groups {
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Deliver dead letters anew
    Replay(Letters),
    /// Deliver a dead letter anew with another payload
    Correct {
        id: String,
        /// What it should have said, as JSON; - reads it from standard input
        #[arg(long, value_name = "JSON")]
        payload: String,
    },
    /// Put dead letters away
    Discard(Letters),
}

/// One dead letter, or many.
#[derive(Debug, Args)]
pub struct Letters {
    /// The one; leave it out to name a handler or a fingerprint
    #[arg(conflicts_with_all = ["handler", "fingerprint", "dry_run"])]
    #[arg(required_unless_present_any = ["handler", "fingerprint"])]
    pub id: Option<String>,
    /// All of this subscription, by name or id
    #[arg(long, value_name = "NAME")]
    pub handler: Option<String>,
    /// All of the group whose errors are alike
    #[arg(long)]
    pub fingerprint: Option<String>,
    /// Only count them
    #[arg(long)]
    pub dry_run: bool,
}
