//! The routes over dead letters.

use super::model::{
    BulkLetters, CorrectedLetter, Correction, GroupPosition, GroupQuery, LetterPosition, LetterQuery,
    ReplayedLetter, ShownGroup, ShownLetter, filter_of,
};
use super::{DeadLettersCorrect, DeadLettersRead, DeadLettersWrite};
use crate::base::Id;
use crate::http::{Accepted, App, Can, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::events::{
    self, Delivery, LetterAct, LettersDone, MOST_LETTERS, MOST_LETTERS_IN_ONE_WRITE, ManyLetters,
};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET  "/api/dead-letters",              DeadLettersRead,  list,         "List dead letters, the newest first"),
    route!(GET  "/api/dead-letters/groups",       DeadLettersRead,  groups,       "Dead letters by what went wrong"),
    route!(POST "/api/dead-letters/replay",       DeadLettersWrite, replay_many,  "Replay all dead letters that a filter finds", Bulk),
    route!(POST "/api/dead-letters/discard",      DeadLettersWrite, discard_many, "Discard all dead letters that a filter finds", Bulk),
    route!(POST "/api/dead-letters/{id}/replay",  DeadLettersWrite, replay,       "Deliver a dead letter anew"),
    route!(POST "/api/dead-letters/{id}/correct", DeadLettersCorrect, correct,    "Deliver a dead letter anew with another payload"),
    route!(POST "/api/dead-letters/{id}/discard", DeadLettersWrite, discard,      "Put a dead letter away"),
];

async fn list(
    who: Can<DeadLettersRead>,
    Query(query): Query<LetterQuery>,
    app: App,
) -> Reply<Page<ShownLetter>> {
    let limit = query.limit;
    let before = query.cursor.map(|cursor| cursor.0.id);
    let found = app
        .db
        .read(&who, move |tx| {
            let filter = filter_of(tx, query.handler.as_deref(), query.fingerprint.as_deref())?;
            let found = events::list_letters(tx, &filter, before, limit.and_one())?;
            found.into_iter().map(|letter| ShownLetter::of(tx, letter)).collect()
        })
        .await?;
    Ok(Page::of(found, limit.get(), |last: &ShownLetter| LetterPosition { id: last.id })?)
}

async fn groups(
    who: Can<DeadLettersRead>,
    Query(query): Query<GroupQuery>,
    app: App,
) -> Reply<Page<ShownGroup>> {
    let limit = query.limit;
    let after = query.cursor.map(|cursor| cursor.0.fingerprint);
    let found = app
        .db
        .read(&who, move |tx| {
            let found = events::list_letter_groups(tx, after.as_deref(), limit.and_one())?;
            found.into_iter().map(|group| ShownGroup::of(tx, group)).collect()
        })
        .await?;
    let place = |last: &ShownGroup| GroupPosition { fingerprint: last.fingerprint.clone() };
    Ok(Page::of(found, limit.get(), place)?)
}

async fn replay(
    who: Can<DeadLettersWrite>,
    Path(id): Path<Id<Delivery>>,
    app: App,
) -> Reply<Accepted<ReplayedLetter>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| {
        let delivery_id = events::replay_letter(tx, &by, id, now)?;
        Ok(Accepted(ReplayedLetter { id, delivery_id }))
    })
    .await
}

async fn correct(
    who: Can<DeadLettersCorrect>,
    Path(id): Path<Id<Delivery>>,
    Input(correction): Input<Correction>,
    app: App,
) -> Reply<Accepted<CorrectedLetter>> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| {
        let made = events::correct_letter(tx, &by, id, correction.payload.clone(), now)?;
        Ok(Accepted(CorrectedLetter { id, event_id: made.event, delivery_id: made.delivery }))
    })
    .await
}

async fn discard(who: Can<DeadLettersWrite>, Path(id): Path<Id<Delivery>>, app: App) -> Reply<Deleted> {
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| events::discard_letter(tx, &by, id, now).map(|()| Deleted::of(id))).await
}

async fn replay_many(
    who: Can<DeadLettersWrite>,
    Input(bulk): Input<BulkLetters>,
    app: App,
) -> Reply<Shown<LettersDone>> {
    act(who, bulk, app, LetterAct::Replay).await
}

async fn discard_many(
    who: Can<DeadLettersWrite>,
    Input(bulk): Input<BulkLetters>,
    app: App,
) -> Reply<Shown<LettersDone>> {
    act(who, bulk, app, LetterAct::Discard).await
}

/// With a key all of it is one write, which keeps the reply: nobody dies between the deed and its report.
async fn act(
    who: Can<DeadLettersWrite>,
    bulk: BulkLetters,
    app: App,
    act: LetterAct,
) -> Reply<Shown<LettersDone>> {
    bulk.must_say_something()?;
    let (handler, fingerprint) = (bulk.filter.handler, bulk.filter.fingerprint);
    let filter =
        app.db.read(&who, move |tx| filter_of(tx, handler.as_deref(), fingerprint.as_deref())).await?;
    if !bulk.dry_run && !who.sends_key() {
        return Ok(Shown(events::act_on_letters(app.kernel(), &who.who, act, filter).await?));
    }
    let most = if bulk.dry_run { MOST_LETTERS } else { MOST_LETTERS_IN_ONE_WRITE };
    let many = ManyLetters::find(app.kernel(), &who.who, act, filter, most).await?;
    if bulk.dry_run {
        return Ok(Shown(many.counted()));
    }
    let (now, by) = (app.clock.now(), who.who.clone());
    app.write(&who, move |tx| many.act(tx, &by, now).map(Shown)).await
}
