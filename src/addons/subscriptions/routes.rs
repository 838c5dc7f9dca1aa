//! The routes over subscriptions.

use std::time::Duration;

use super::model::{
    HandlerHealth, MadeSubscription, ShownSubscription, SpanQuery, SubscriptionPosition, SubscriptionQuery,
};
use super::{SubscriptionsRead, SubscriptionsWrite};
use crate::base::{Error, Id};
use crate::http::{App, Can, Created, Deleted, Input, Page, Path, Query, Reply, Route, Shown};
use crate::kernel::events::{
    self, NewSubscription, Rotated, ShownSent, Stretch, Subscription, SubscriptionChange,
};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET    "/api/subscriptions",              SubscriptionsRead,  list,    "List subscriptions by name"),
    route!(POST   "/api/subscriptions",              SubscriptionsWrite, create,  "Make a subscription"),
    route!(GET    "/api/subscriptions/{id}",         SubscriptionsRead,  show,    "One subscription with its health"),
    route!(PATCH  "/api/subscriptions/{id}",         SubscriptionsWrite, change,  "Change a subscription"),
    route!(DELETE "/api/subscriptions/{id}",         SubscriptionsWrite, delete,  "Delete a subscription"),
    route!(POST   "/api/subscriptions/{id}/enable",  SubscriptionsWrite, enable,  "Let held deliveries go"),
    route!(POST   "/api/subscriptions/{id}/disable", SubscriptionsWrite, disable, "Hold deliveries"),
    route!(POST   "/api/subscriptions/{id}/test",    SubscriptionsWrite, test,    "Call a webhook with a test"),
    route!(POST   "/api/subscriptions/{id}/rotate-secret", SubscriptionsWrite, rotate, "Sign with a new secret, and for a day with the old one too"),
    route!(GET    "/api/handlers/health",            SubscriptionsRead,  health,  "How well every handler does"),
    route!(GET    "/api/handlers/{id}/metrics",      SubscriptionsRead,  metrics, "How a handler did in the course of time, in up to 48 stretches"),
];

/// Subscriptions that a tenant has at most.
const MOST: usize = 200;

async fn list(
    who: Can<SubscriptionsRead>,
    Query(query): Query<SubscriptionQuery>,
    app: App,
) -> Reply<Page<ShownSubscription>> {
    let limit = query.limit;
    let after = query.cursor.map(|cursor| cursor.0.name);
    let found = app
        .db
        .read(&who, move |tx| {
            let found = events::list_subscriptions(tx, after.as_deref(), limit.and_one())?;
            found.into_iter().map(|one| ShownSubscription::of(tx, one)).collect()
        })
        .await?;
    let place = |last: &ShownSubscription| SubscriptionPosition { name: last.name.clone() };
    Ok(Page::of(found, limit.get(), place)?)
}

/// The reply about a webhook holds a secret, so that one is not kept for a repeat.
async fn create(
    who: Can<SubscriptionsWrite>,
    Input(new): Input<NewSubscription>,
    app: App,
) -> Reply<Created<MadeSubscription>> {
    if new.target.is_webhook() {
        who.must_send_no_key()?;
    }
    events::check_target(app.kernel(), &who.who, Some(&new.target)).await?;
    let (now, by, kernel) = (app.clock.now(), who.hand(&app), app.kernel().clone());
    app.write(&who, move |tx| {
        let made = events::create_subscription(tx, &kernel, &by, &new, now)?;
        Ok(Created(MadeSubscription::of(tx, made)?))
    })
    .await
}

async fn show(
    who: Can<SubscriptionsRead>,
    Path(id): Path<Id<Subscription>>,
    app: App,
) -> Reply<Shown<ShownSubscription>> {
    let found = app
        .db
        .read(&who, move |tx| {
            let one = events::find_subscription(tx, id)?.ok_or_else(|| Error::not_found("subscription"))?;
            ShownSubscription::of(tx, one)
        })
        .await?;
    Ok(Shown(found))
}

async fn change(
    who: Can<SubscriptionsWrite>,
    Path(id): Path<Id<Subscription>>,
    Input(change): Input<SubscriptionChange>,
    app: App,
) -> Reply<Shown<ShownSubscription>> {
    events::check_target(app.kernel(), &who.who, change.target.as_ref()).await?;
    let (now, by, kernel) = (app.clock.now(), who.hand(&app), app.kernel().clone());
    app.write(&who, move |tx| {
        let one = events::change_subscription(tx, &kernel, &by, id, &change, now)?;
        Ok(Shown(ShownSubscription::of(tx, one)?))
    })
    .await
}

async fn delete(who: Can<SubscriptionsWrite>, Path(id): Path<Id<Subscription>>, app: App) -> Reply<Deleted> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| events::delete_subscription(tx, &by, id, now).map(|()| Deleted::of(id))).await
}

async fn enable(
    who: Can<SubscriptionsWrite>,
    Path(id): Path<Id<Subscription>>,
    app: App,
) -> Reply<Shown<ShownSubscription>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| {
        let one = events::enable_subscription(tx, &by, id, now)?;
        Ok(Shown(ShownSubscription::of(tx, one)?))
    })
    .await
}

async fn disable(
    who: Can<SubscriptionsWrite>,
    Path(id): Path<Id<Subscription>>,
    app: App,
) -> Reply<Shown<ShownSubscription>> {
    let (now, by) = (app.clock.now(), who.hand(&app));
    app.write(&who, move |tx| {
        let one = events::disable_subscription(tx, &by, id, now)?;
        Ok(Shown(ShownSubscription::of(tx, one)?))
    })
    .await
}

async fn test(
    who: Can<SubscriptionsWrite>,
    Path(id): Path<Id<Subscription>>,
    app: App,
) -> Reply<Shown<ShownSent>> {
    who.must_send_no_key()?;
    Ok(Shown(events::test_webhook(app.kernel(), &who.who, id).await?))
}

/// The reply is a secret, so it is not kept for a repeat.
async fn rotate(
    who: Can<SubscriptionsWrite>,
    Path(id): Path<Id<Subscription>>,
    app: App,
) -> Reply<Shown<Rotated>> {
    who.must_send_no_key()?;
    let (now, by) = (app.clock.now(), who.hand(&app));
    let rotated = app.db.write(&who, move |tx| events::rotate_webhook_secret(tx, &by, id, now));
    Ok(Shown(rotated.await?))
}

async fn health(who: Can<SubscriptionsRead>, app: App) -> Reply<Shown<Vec<HandlerHealth>>> {
    let now = app.clock.now();
    let day =
        events::read_handler_metrics(app.kernel(), &who.who, now - Duration::from_hours(24), now).await?;
    let shown = app
        .db
        .read(&who, |tx| {
            let all = events::list_subscriptions(tx, None, MOST)?;
            all.into_iter().map(|one| ShownSubscription::of(tx, one)).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let of = |name: &str| day.iter().find(|metric| metric.handler.as_deref() == Some(name));
    Ok(Shown(
        shown
            .into_iter()
            .map(|one| {
                let day = of(&one.name);
                HandlerHealth::of(one, day)
            })
            .collect(),
    ))
}

async fn metrics(
    who: Can<SubscriptionsRead>,
    Path(id): Path<Id<Subscription>>,
    Query(query): Query<SpanQuery>,
    app: App,
) -> Reply<Shown<Vec<Stretch>>> {
    let (since, until) = query.span(app.clock.now())?;
    Ok(Shown(events::read_stretches(app.kernel(), &who.who, id, since, until).await?))
}
