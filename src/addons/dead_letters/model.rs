//! What is asked of dead letters over the API, and what is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::base::db::Read;
use crate::base::text::Text;
use crate::base::{Error, Id, Result, Timestamp};
use crate::http::{Cursor, Limit};
use crate::kernel::events::{self, Delivery, Event, EventType, LetterFilter, LetterGroup, Subscription};

/// What is asked of the list of dead letters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LetterQuery {
    /// A subscription's name or id.
    pub handler: Option<Text<1, 60>>,
    /// Of the group whose errors are alike.
    pub fingerprint: Option<Text<1, 40>>,
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<LetterPosition>>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LetterPosition {
    pub id: Id<Delivery>,
}

/// The filter of these words.
pub fn filter_of(tx: &Read<'_>, handler: Option<&str>, fingerprint: Option<&str>) -> Result<LetterFilter> {
    let subscription = match handler {
        None => None,
        Some(named) => {
            let found = events::find_handler(tx, named)?;
            Some(found.ok_or_else(|| Error::invalid("handler", "is no subscription here"))?.id)
        }
    };
    Ok(LetterFilter { fingerprint: fingerprint.map(str::to_owned), subscription })
}

/// A delivery that used up its attempts.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownLetter {
    pub id: Id<Delivery>,
    pub event_id: Id<Event>,
    #[serde(rename = "type")]
    pub event_type: Option<EventType>,
    pub subject: Option<String>,
    pub handler: String,
    pub subscription_id: Id<Subscription>,
    pub attempts_made: u32,
    pub error: Option<String>,
    pub fingerprint: Option<String>,
    pub replay_of: Option<Id<Delivery>>,
    pub created_at: Timestamp,
    pub died_at: Option<Timestamp>,
}

impl ShownLetter {
    pub fn of(tx: &Read<'_>, letter: Delivery) -> Result<Self> {
        let event = events::find_event(tx, letter.event)?;
        let subscription = events::find_any_subscription(tx, letter.subscription)?;
        Ok(Self {
            id: letter.id,
            event_id: letter.event,
            event_type: event.as_ref().map(|event| event.event_type.clone()),
            subject: event.and_then(|event| event.subject),
            handler: subscription.map(|one| one.name).unwrap_or_default(),
            subscription_id: letter.subscription,
            attempts_made: letter.attempts,
            error: letter.error,
            fingerprint: letter.fingerprint,
            replay_of: letter.replay_of,
            created_at: letter.created_at,
            died_at: letter.ended_at,
        })
    }
}

/// What is asked of the groups.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupQuery {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor<GroupPosition>>,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupPosition {
    pub fingerprint: String,
}

/// Dead letters whose errors are alike.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownGroup {
    pub fingerprint: String,
    pub handler: String,
    pub subscription_id: Id<Subscription>,
    /// The last of their errors.
    pub error: String,
    pub letters: i64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

impl ShownGroup {
    pub fn of(tx: &Read<'_>, group: LetterGroup) -> Result<Self> {
        let subscription = events::find_any_subscription(tx, group.subscription)?;
        Ok(Self {
            fingerprint: group.fingerprint,
            handler: subscription.map(|one| one.name).unwrap_or_default(),
            subscription_id: group.subscription,
            error: group.error,
            letters: group.letters,
            first_at: group.first_at,
            last_at: group.last_at,
        })
    }
}

/// Something to be done to many dead letters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BulkLetters {
    pub filter: BulkFilter,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
}

/// Which dead letters are meant; something must be said.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BulkFilter {
    pub handler: Option<Text<1, 60>>,
    pub fingerprint: Option<Text<1, 40>>,
}

impl BulkLetters {
    pub fn must_say_something(&self) -> Result<()> {
        match self.filter.handler.is_none() && self.filter.fingerprint.is_none() {
            true => Err(Error::invalid("filter", "must name a handler or a fingerprint")),
            false => Ok(()),
        }
    }
}

/// The new delivery of a dead letter.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayedLetter {
    pub id: Id<Delivery>,
    pub delivery_id: Id<Delivery>,
}

/// What a dead letter should have said.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Correction {
    pub payload: Json,
}

/// What is delivered in place of a dead letter.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CorrectedLetter {
    pub id: Id<Delivery>,
    /// An event of its own, as the first can't be changed any more.
    pub event_id: Id<Event>,
    pub delivery_id: Id<Delivery>,
}
