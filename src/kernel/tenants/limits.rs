//! What the instance gives one tenant in place of what the configuration gives all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Result;
use crate::base::change::given;
use crate::base::db::{FromRow, Row};
use crate::base::number::Amount;

/// What one tenant may store and make in a day: null where it is what the configuration says, 0 for no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnLimits {
    pub storage_bytes: Option<u64>,
    pub events_per_day: Option<u64>,
    pub jobs_per_day: Option<u64>,
}

impl FromRow for OwnLimits {
    fn from_row(row: &mut Row<'_>) -> Result<Self> {
        let mut limit =
            |column: &str| row.take::<Option<i64>>(column).map(|limit| limit.map(i64::unsigned_abs));
        Ok(Self {
            storage_bytes: limit("max_storage")?,
            events_per_day: limit("max_events")?,
            jobs_per_day: limit("max_jobs")?,
        })
    }
}

/// A change of these: what is left out stays as it is, null is what the configuration says, 0 no limit.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LimitsChange {
    #[serde(default, deserialize_with = "given")]
    pub storage_bytes: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "given")]
    pub events_per_day: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "given")]
    pub jobs_per_day: Option<Option<Amount>>,
}

impl OwnLimits {
    pub(super) fn changed(self, change: &LimitsChange) -> Self {
        let limit = |own: Option<u64>, given: Option<Option<Amount>>| match given {
            Some(given) => given.map(Amount::get),
            None => own,
        };
        Self {
            storage_bytes: limit(self.storage_bytes, change.storage_bytes),
            events_per_day: limit(self.events_per_day, change.events_per_day),
            jobs_per_day: limit(self.jobs_per_day, change.jobs_per_day),
        }
    }
}
