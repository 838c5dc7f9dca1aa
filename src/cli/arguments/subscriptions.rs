//! What `steading subscriptions` takes.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Args)]
pub struct Subscriptions {
    #[command(flatten)]
    pub remote: Remote,
    #[command(subcommand)]
    pub command: SubscriptionsCommand,
}

#[derive(Debug, Subcommand)]
pub enum SubscriptionsCommand {
    /// List subscriptions by name
    List,
    /// Show one subscription, by name or id, with its health
    Show { subscription: String },
    /// Make a subscription; a webhook's secret is shown this once
    Create {
        name: String,
        /// A type, types under a prefix such as order.*, or * for all
        #[arg(long)]
        pattern: String,
        #[command(flatten)]
        target: SubscriptionTarget,
        #[command(flatten)]
        options: DeliveryOptions,
        /// One delivery at a time for each subject, in the order of publishing
        #[arg(long)]
        ordered: bool,
    },
    /// Change a subscription; what is left out stays
    Change {
        subscription: String,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        pattern: Option<String>,
        #[command(flatten)]
        target: SubscriptionTarget,
        #[command(flatten)]
        options: DeliveryOptions,
        /// Whether each subject has one delivery at a time
        #[arg(long, value_name = "YES")]
        ordered: Option<bool>,
    },
    /// Delete a subscription
    Delete { subscription: String },
    /// Let held deliveries go
    Enable { subscription: String },
    /// Hold deliveries until it is enabled
    Disable { subscription: String },
    /// Deliver an event that is made up for it, and show what came of it
    Test { subscription: String },
    /// Sign with a new secret and print it this once; the old one stays valid for a while
    RotateSecret { subscription: String },
}

/// Where deliveries go.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct SubscriptionTarget {
    /// Call this URL, signed
    #[arg(long, value_name = "URL")]
    pub webhook: Option<String>,
    /// Enqueue a job of this kind
    #[arg(long, value_name = "KIND")]
    pub job: Option<String>,
    /// Put it into this queue, which workers outside serve
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
}

/// How deliveries are made.
#[derive(Debug, Args)]
pub struct DeliveryOptions {
    /// Comparisons over fields of the payload, all of which must hold; null for none
    #[arg(long, value_name = "JSON")]
    pub filter: Option<String>,
    /// Attempts until a delivery is a dead letter
    #[arg(long, value_name = "NUMBER")]
    pub max_attempts: Option<u32>,
    /// How long an attempt may run
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u32>,
    /// How it comes back when failures disabled it: manual or probe
    #[arg(long)]
    pub recovery: Option<String>,
}
