//! The routes that need no tenant.

use super::model::{Greeting, Health};
use super::{MetricsRead, SigningKeysWrite, check_readiness};
use crate::base::figures::Page;
use crate::http::{App, Can, Created, Maybe, Raw, Reply, Route, Shown, Text};
use crate::kernel::identity::PublishedKey;
use crate::kernel::jobs::{Loads, read_loads};
use crate::kernel::machine::{Machine, measure};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET "/healthz",          public,   live,     "Whether the process lives", Free),
    route!(GET "/readyz",           public,   ready,    "Whether it can do its work, and what is in the way", Free),
    route!(GET "/metrics",          MetricsRead, figures, "The figures of this instance, for Prometheus", Free),
    route!(GET "/api/system",       MetricsRead, machine, "How the machine fares: disk, memory, files, flushes"),
    route!(GET "/api/system/queues", MetricsRead, loads,  "Which tenants fill the queues"),
    route!(GET "/api",              optional, greet,    "What runs here, and who you are to it"),
    route!(GET "/api/openapi.json", public,   document, "This API as an OpenAPI 3.1 document"),
    route!(GET "/.well-known/steading-keys.json", public, keys, "The public keys that tokens are verified with"),
    route!(POST "/api/signing-keys", SigningKeysWrite, rotate, "Sign tokens with a new key; the older ones stay valid"),
];

async fn live(_: App) -> Reply<Shown<Health>> {
    Ok(Shown(Health { status: "ok" }))
}

async fn ready(app: App) -> Reply<Shown<Health>> {
    check_readiness(&app).await?;
    Ok(Shown(Health { status: "ready" }))
}

async fn figures(_: Can<MetricsRead>, app: App) -> Reply<Text> {
    Ok(Text { content_type: Page::CONTENT_TYPE, text: app.figures().await?.into_text() })
}

async fn machine(_: Can<MetricsRead>, app: App) -> Reply<Shown<Machine>> {
    Ok(Shown(measure(app.kernel()).await?))
}

async fn loads(_: Can<MetricsRead>, app: App) -> Reply<Shown<Loads>> {
    Ok(Shown(read_loads(&app).await?))
}

async fn greet(Maybe(caller): Maybe, _: App) -> Reply<Shown<Greeting>> {
    Ok(Shown(Greeting {
        name: "Steading",
        version: env!("CARGO_PKG_VERSION"),
        actor: caller.map(|caller| caller.actor.to_string()),
        documentation: "/api/openapi.json",
    }))
}

async fn document(app: App) -> Reply<Raw> {
    Ok(Raw { content_type: "application/json", text: app.document().to_owned() })
}

async fn keys(app: App) -> Reply<Shown<Vec<PublishedKey>>> {
    Ok(Shown(app.identity.published_keys()))
}

async fn rotate(who: Can<SigningKeysWrite>, app: App) -> Reply<Created<Vec<PublishedKey>>> {
    who.must_send_no_key()?;
    app.rotate_keys(&who).await?;
    Ok(Created(app.identity.published_keys()))
}
