//! Events: facts that are published once and delivered until it is done.
//!
//! Publishing writes the event and a delivery for each subscription that matches, in the caller's
//! transaction. A delivery is a job of the same id, in a queue of its subscription's own, so the job
//! engine carries it: it survives crashes, is tried again, and one slow handler holds up no other.
//! The engine tells of each attempt in the transaction in which it ends (`outcome.rs`), and there the
//! handler's health, the event's status and the dead letters are kept. A handler that keeps failing is
//! disabled by pausing its queue: its deliveries are held where they are.

mod bulk;
mod bus;
mod dead_letters;
mod deliver;
mod facts;
mod feed;
mod filter;
mod fingerprint;
mod history;
mod kind;
mod listening;
mod metrics;
mod model;
mod outcome;
mod pattern;
mod prune;
mod publish;
mod replay;
mod standing;
mod store;
mod stretches;
mod subscriptions;
mod told;
mod watch;
mod webhook;

use crate::permission;

pub use bulk::{
    LetterAct, LettersDone, MOST_LETTERS, MOST_LETTERS_IN_ONE_WRITE, ManyLetters, act_on_letters,
};
pub use bus::Events;
pub use dead_letters::{
    Corrected, LetterFilter, LetterGroup, correct_letter, discard_letter, list_letters, replay_letter,
};
pub(in crate::kernel) use deliver::JOBS;
pub(in crate::kernel) use facts::FACTS;
pub use feed::EventFeed;
pub use filter::Filter;
pub(in crate::kernel) use fingerprint::fingerprint;
pub use history::{EventFilter, FoundEvents, count_events, list_events};
pub use kind::{EventHandler, Fact, FactKind, Handle, HandlerInfo};
pub use metrics::{Metric, flush_metrics, read_handler_metrics, read_metrics};
pub use model::{
    Delivery, DeliveryState, DisabledFor, Event, EventStatus, Health, Recovery, Subscription,
    SubscriptionState, TargetKind,
};
pub(in crate::kernel) use outcome::job_moved;
pub use pattern::{EventType, Pattern};
pub use prune::prune_once;
pub use publish::{NewEvent, Publication, Published, publish_all};
pub use replay::{Begun, MOST_REPLAYED, begin_replay, find_handlers, replay_event};
pub use standing::probe_once;
pub use store::{
    count_held, find_any_subscription, find_event, find_handler, find_subscription, list_caused_events,
    list_deliveries_of, list_letter_groups, list_subscriptions, list_types,
};
pub use stretches::{Stretch, read_stretches};
pub(in crate::kernel) use subscriptions::furnish_tenant;
pub use subscriptions::{
    Made, NewSubscription, Spacing, SubscriptionChange, SubscriptionName, Target, change_subscription,
    create_subscription, delete_subscription, disable_subscription, enable_subscription, furnish,
};
pub use webhook::{Rotated, ShownSent, check_target, rotate_webhook_secret, test_webhook};

// Whoever listens reads, so subscriptions ask for it.
permission!(EventsRead, Anywhere, "events:read", "See events, their payloads and deliveries");
