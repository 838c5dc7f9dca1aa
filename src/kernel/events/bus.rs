//! The bus's handle: the facts and handlers that this binary has, and who waits for news.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::{ContextV7, Uuid};

use super::kind::{EventHandler, FactKind};
use super::listening::Listening;
use super::metrics::{Meters, Totals};
use super::watch::Watch;
use crate::base::{Clock, Error, Id, Result, Timestamp};
use crate::kernel::tenants::Directory;

/// The event bus of one instance. Cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<Parts>);

struct Parts {
    facts: BTreeMap<&'static str, FactKind>,
    handlers: BTreeMap<&'static str, EventHandler>,
    ids: Mutex<ContextV7>,
    listening: Listening,
    meters: Meters,
    watch: Watch,
    clock: Clock,
    tenants: Arc<Directory>,
}

impl Events {
    pub(in crate::kernel) fn new(
        facts: &[FactKind],
        handlers: &[EventHandler],
        clock: Clock,
        tenants: Arc<Directory>,
    ) -> Self {
        Self(Arc::new(Parts {
            facts: facts.iter().map(|fact| (fact.name, *fact)).collect(),
            handlers: handlers.iter().map(|handler| (handler.info.name, *handler)).collect(),
            ids: Mutex::new(ContextV7::new()),
            listening: Listening::default(),
            meters: Meters::default(),
            watch: Watch::default(),
            clock,
            tenants,
        }))
    }

    /// Every type that a feature declares, by name.
    pub fn facts(&self) -> impl Iterator<Item = &FactKind> {
        self.0.facts.values()
    }

    /// Whether the server tells of what it did under this name, and it alone.
    pub(in crate::kernel) fn is_of_server(&self, name: &str) -> bool {
        self.0.facts.contains_key(name)
    }

    /// Refuses a name under which the server tells of what it did: whoever hears it takes it for the server's word.
    pub(in crate::kernel) fn must_be_of_others(&self, name: &str, path: &str) -> Result<()> {
        match self.is_of_server(name) {
            true => {
                let message =
                    format!("is {name}, which the server alone publishes; choose a name of your own");
                Err(Error::invalid(path, message))
            }
            false => Ok(()),
        }
    }

    /// Every handler in code, by name.
    pub(super) fn handlers(&self) -> impl Iterator<Item = &EventHandler> {
        self.0.handlers.values()
    }

    pub(super) fn handler(&self, name: &str) -> Option<&EventHandler> {
        self.0.handlers.get(name)
    }

    /// An id that holds this time, so that a time is found by the key of the rows. Ids ascend even
    /// when the clock stands or goes back.
    pub(super) fn fresh_id<T>(&self, now: Timestamp) -> Id<T> {
        #[cfg(test)]
        if let Some(uuid) = crate::base::seeded::uuid() {
            return uuid.into();
        }
        let ids = self.0.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = now.millis().unsigned_abs();
        let nanos = u32::try_from(millis % 1_000).unwrap_or_default() * 1_000_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(&*ids, millis / 1_000, nanos)).into()
    }

    /// What happened since the start, in all tenants.
    pub fn totals(&self) -> Totals {
        self.0.meters.totals()
    }

    pub(super) fn listening(&self) -> &Listening {
        &self.0.listening
    }

    pub(super) fn meters(&self) -> &Meters {
        &self.0.meters
    }

    pub(super) fn watch_list(&self) -> &Watch {
        &self.0.watch
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(super) fn tenants(&self) -> &Directory {
        &self.0.tenants
    }
}
