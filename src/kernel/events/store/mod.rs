//! The statements about events, subscriptions and deliveries. Tenants' code reads them; everything is
//! written by the bus.

mod deliveries;
mod events;
mod history;
mod letters;
mod minutes;
mod prune;
mod replays;
mod subscriptions;

pub(super) use deliveries::*;
pub use events::find_event;
pub(super) use events::*;
pub(super) use history::*;
pub use history::{list_caused_events, list_deliveries_of, list_types};
pub use letters::list_letter_groups;
pub(super) use letters::{add_letters, insert_letter_group, list_letters};
pub(super) use minutes::*;
pub(super) use prune::*;
pub(super) use replays::*;
pub(super) use subscriptions::*;
pub use subscriptions::{
    count_held, find_any_subscription, find_handler, find_subscription, list_subscriptions,
};
