//! Depths: what each queue holds, what limits it, and since when its oldest job waits.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{JobState, QueueName};
use super::queues::Queue;
use super::store;
use crate::base::db::Read;
use crate::base::{Result, Timestamp};

/// Queues that are told of at most.
const MOST: usize = 500;

/// A queue that has jobs or settings.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Depth {
    pub name: QueueName,
    pub states: BTreeMap<JobState, i64>,
    /// Since when the job waits that was made first of those that are ready.
    pub waiting_since: Option<Timestamp>,
    /// What it is limited to; null for one that has the defaults.
    pub settings: Option<Queue>,
}

/// The queues by name, the first 500.
pub fn list_depths(tx: &Read<'_>) -> Result<Vec<Depth>> {
    let mut depths = BTreeMap::new();
    for queue in store::list_queues(tx)? {
        let depth = depths.entry(queue.name.clone()).or_insert_with(|| empty(&queue.name));
        depth.settings = Some(queue);
    }
    for count in store::count_jobs(tx, None)? {
        let depth = depths.entry(count.queue.clone()).or_insert_with(|| empty(&count.queue));
        depth.states.insert(count.state, count.jobs);
    }
    depths.into_values().take(MOST).map(|depth| since(tx, depth)).collect()
}

fn empty(name: &QueueName) -> Depth {
    Depth { name: name.clone(), states: BTreeMap::new(), waiting_since: None, settings: None }
}

fn since(tx: &Read<'_>, depth: Depth) -> Result<Depth> {
    if depth.states.get(&JobState::Ready).is_none_or(|ready| *ready == 0) {
        return Ok(depth);
    }
    let waiting_since = store::find_oldest_ready(tx, &depth.name)?;
    Ok(Depth { waiting_since, ..depth })
}
