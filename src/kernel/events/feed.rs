//! A feed: a tenant's events as they are published, from a place on. What memory tells is only that
//! there is more; the rows say what, so nobody misses an event that is still kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::model::Event;
use super::pattern::Pattern;
use super::store;
use super::watch::Follower;
use crate::base::db::Read;
use crate::base::{Id, Result};
use crate::kernel::{Kernel, Who};

/// Events that one look takes.
const A_LOOK: usize = 200;

/// Bytes of them, which who follows and takes nothing leaves lying here.
const ROOM: usize = 64 * 1024;

/// The time between two looks, for each who follows the tenant: together they never look more often.
const PAUSE: Duration = Duration::from_millis(5);

/// How soon a look that failed is repeated.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub struct EventFeed {
    kernel: Arc<Kernel>,
    who: Who,
    pattern: Option<Pattern>,
    follower: Follower,
    after: String,
    ready: VecDeque<Event>,
}

impl EventFeed {
    /// Begins after this event, or with the next that is published.
    pub fn begin(
        kernel: &Arc<Kernel>,
        who: &Who,
        pattern: Option<Pattern>,
        after: Option<Id<Event>>,
    ) -> Result<Self> {
        let follower = kernel.events.watch_list().follow(who.tenant.number, kernel.limits.streams())?;
        let after = match after {
            Some(after) => after.to_string(),
            None => {
                let last = kernel.db.read_here(who, store::last_event)?;
                last.map_or_else(String::new, |last| last.to_string())
            }
        };
        Ok(Self {
            kernel: Arc::clone(kernel),
            who: who.clone(),
            pattern,
            follower,
            after,
            ready: VecDeque::new(),
        })
    }

    /// The next event that the pattern means, when there is one.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            let after = self.after.clone();
            let look = move |tx: &Read<'_>| store::list_events_after(tx, &after, A_LOOK, ROOM);
            match self.kernel.db.read(&self.who, look).await {
                Ok(events) if events.is_empty() => {
                    self.follower.bell.notified().await;
                    tokio::time::sleep(PAUSE * self.follower.company()).await;
                }
                Ok(events) => {
                    if let Some(last) = events.last() {
                        self.after = last.id.to_string();
                    }
                    let pattern = self.pattern.as_ref();
                    let meant =
                        |event: &Event| pattern.is_none_or(|pattern| pattern.matches(&event.event_type));
                    self.ready.extend(events.into_iter().filter(meant));
                }
                // Too many read at the moment, or the tenant is gone, which ends the stream elsewhere.
                Err(_) => tokio::time::sleep(AFTER_FAILURE).await,
            }
        }
    }
}
