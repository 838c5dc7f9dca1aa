//! The routes that need no tenant.

use super::check_readiness;
use super::model::{Greeting, Health};
use crate::http::{App, Maybe, Raw, Reply, Route, Shown};
use crate::route;

pub static ROUTES: &[Route] = &[
    route!(GET "/healthz",          public,   live,     "Whether the process lives"),
    route!(GET "/readyz",           public,   ready,    "Whether it can do its work, and what is in the way"),
    route!(GET "/api",              optional, greet,    "What runs here, and who you are to it"),
    route!(GET "/api/openapi.json", public,   document, "This API as an OpenAPI 3.1 document"),
];

async fn live(_: App) -> Reply<Shown<Health>> {
    Ok(Shown(Health { status: "ok" }))
}

async fn ready(app: App) -> Reply<Shown<Health>> {
    check_readiness(&app).await?;
    Ok(Shown(Health { status: "ready" }))
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
