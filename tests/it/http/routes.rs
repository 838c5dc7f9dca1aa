//! Every route of every addon, walked in one test: who may not come in does not, whatever the route.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;
use steading::addons::ADDONS;
use steading::base::Id;
use steading::http::{Access, Route, document};
use steading::kernel::identity::Scope;

use super::schema::smallest;
use crate::support::{Caller, Reply, TestApp, expect_shape, narrow};

/// Who calls a route, and what its path may name that is not his.
struct Walker {
    app: TestApp,
    document: Value,
    tenant_owner: Caller,
    instance_owner: Caller,
    stranger: Caller,
    narrowed_tenant_owner: Caller,
    narrowed_instance_owner: Caller,
    foreign_ids: Vec<String>,
}

#[actix_web::test]
async fn no_route_lets_in_who_may_not_come_in() {
    let walker = Walker::start().await;
    // What upkeep would write meanwhile of the events that the beginning published.
    steading::kernel::events::flush_metrics(walker.app.app.kernel()).await.expect("it is written");
    let before = walker.counts();
    for route in routes() {
        match route.access {
            Access::Public | Access::Optional => walker.is_open(route).await,
            Access::Required(_) => {
                walker.needs_a_token(route).await;
                walker.needs_the_permission(route).await;
                walker.hides_what_is_foreign(route).await;
            }
        }
        walker.refuses_rubbish(route).await;
    }
    walker.refuses_undeclared_methods().await;
    assert_eq!(walker.counts(), before, "nothing was written");
}

fn routes() -> Vec<&'static Route> {
    ADDONS.iter().flat_map(|addon| addon.routes).collect()
}

impl Walker {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let document = document(&routes());
        let owner = app.account("owner@acme.example", false).await;
        let root = app.account("root@example.org", true).await;
        let stranger = app.account("stranger@example.org", false).await;
        let (acme, _) = app.tenant("acme-itself").await;
        app.join(&acme, &owner).await;
        let calls = |token: &str| app.nobody().with_token(token).in_tenant("acme-itself");
        let (owner, root) = (app.token(&owner, None), app.token(&root, None));
        let nothing = "check if operation(\"nothing\")";
        let mut walker = Self {
            document,
            tenant_owner: calls(&owner),
            instance_owner: calls(&root),
            stranger: calls(&app.token(&stranger, None)),
            narrowed_tenant_owner: calls(&narrow(&owner, nothing)),
            narrowed_instance_owner: calls(&narrow(&root, nothing)),
            foreign_ids: Vec::new(),
            app,
        };
        walker.foreign_ids = walker.fill_another_tenant().await;
        walker
    }

    /// Makes one of everything that a bare POST can make in another tenant, and returns the ids.
    async fn fill_another_tenant(&self) -> Vec<String> {
        let (other, caller) = self.app.tenant("other").await;
        for route in routes().into_iter().filter(|route| !route.path.contains('{')) {
            if route.method.as_str() == "POST"
                && matches!(scope(route), Some(Scope::Tenant | Scope::Anywhere))
            {
                caller.send(Method::POST, route.path, self.body(route)).await;
            }
        }
        let file = self.app.file();
        let mut ids = vec![other.id.to_string()];
        for table in self.app.tenant_tables() {
            let text = format!("SELECT id FROM {table} WHERE tenant_id = {}", other.number.get());
            // Not every table has ids.
            let Ok(mut rows) = file.prepare(&text) else { continue };
            ids.extend(rows.query_map([], |row| row.get::<_, String>(0)).expect("rows").flatten());
        }
        assert!(ids.len() > 1, "the other tenant has something of its own");
        ids
    }

    async fn is_open(&self, route: &Route) {
        let reply = self.call(&self.app.nobody(), route, &fresh()).await;
        // Some refuse what they are told, such as a wrong password; none asks for a token.
        assert!(!reply.text.contains("needs a token"), "{}: {}", route.path, reply.text);
        if reply.status >= 400 || self.described(route)["responses"]["200"].pointer(DATA).is_some() {
            expect_shape(&reply);
        }
    }

    async fn needs_a_token(&self, route: &Route) {
        let reply = self.call(&self.app.nobody().in_tenant("acme-itself"), route, &fresh()).await;
        expect(route, &reply, 401);
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }

    async fn needs_the_permission(&self, route: &Route) {
        if matches!(scope(route), Some(Scope::Home | Scope::Person)) {
            let narrowed = &self.narrowed_tenant_owner;
            expect(route, &self.call(narrowed, route, &fresh()).await, 403);
            return;
        }
        expect(route, &self.call(&self.stranger, route, &fresh()).await, 403);
        let (narrowed, outsider) = match scope(route) {
            Some(Scope::Instance) => (&self.narrowed_instance_owner, &self.tenant_owner),
            _ => (&self.narrowed_tenant_owner, &self.instance_owner),
        };
        expect(route, &self.call(narrowed, route, &fresh()).await, 403);
        expect(route, &self.call(outsider, route, &fresh()).await, 403);
    }

    async fn hides_what_is_foreign(&self, route: &Route) {
        if !route.path.contains('{') {
            return;
        }
        let nowhere = [fresh(), "no-id".into(), "%00".into(), "%F0%9F%94%A5".into()];
        let foreign = match scope(route) {
            Some(Scope::Instance) => &[],
            _ => &self.foreign_ids[..],
        };
        for id in nowhere.iter().chain(foreign) {
            expect(route, &self.call(self.owner_for(route), route, id).await, 404);
        }
    }

    async fn refuses_rubbish(&self, route: &Route) {
        if self.described(route)["requestBody"].is_null() {
            return;
        }
        let (path, owner) = (fill(route, &fresh()), self.owner_for(route));
        for (body, statuses) in [
            ("", [400, 400]),
            ("{\"no\"", [400, 400]),
            ("{} {}", [400, 422]),
            ("\u{0}", [400, 400]),
            ("{\"unheardOf\": 1}", [422, 422]),
            ("null", [422, 422]),
            ("[[]]", [422, 422]),
            ("\"words\"", [422, 422]),
        ] {
            let reply = owner.send(method(route), &path, Some(body.into())).await;
            expect_shape(&reply);
            assert!(statuses.contains(&reply.status), "{} {path} {body:?}: {}", route.method, reply.text);
        }
    }

    async fn refuses_undeclared_methods(&self) {
        let mut declared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for route in routes() {
            declared.entry(route.path).or_default().push(route.method.as_str());
        }
        for (path, mut methods) in declared {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
                if methods.contains(&method) {
                    continue;
                }
                let method = Method::from_bytes(method.as_bytes()).expect("a method");
                let path = path.replace("{id}", &fresh());
                let reply = self.tenant_owner.send(method, &path, None).await.expect(405);
                expect_shape(&reply);
                let mut allowed: Vec<&str> = reply.header("allow").split(", ").collect();
                allowed.sort_unstable();
                methods.sort_unstable();
                assert_eq!(allowed, methods, "{path}");
            }
        }
    }

    async fn call(&self, caller: &Caller, route: &Route, id: &str) -> Reply {
        caller.send(method(route), &fill(route, id), self.body(route)).await
    }

    fn owner_for(&self, route: &Route) -> &Caller {
        match scope(route) {
            Some(Scope::Instance) => &self.instance_owner,
            _ => &self.tenant_owner,
        }
    }

    fn described(&self, route: &Route) -> &Value {
        &self.document["paths"][route.path][route.method.as_str().to_lowercase()]
    }

    fn body(&self, route: &Route) -> Option<String> {
        let schema = self.described(route)["requestBody"].pointer("/content/application~1json/schema")?;
        Some(smallest(&self.document, schema).to_string())
    }

    fn counts(&self) -> Vec<(String, i64)> {
        // That somebody tried to sign in is written down, though he was refused; and figures about what was
        // published before are written whenever their time comes.
        let figures = ["event_minutes_all", "event_hours_all"];
        let is_of_a_request =
            |table: &String| !table.starts_with("audit_") && !figures.contains(&table.as_str());
        let tables = self.app.tenant_tables().into_iter().filter(is_of_a_request);
        tables.chain(["tenants".to_owned()]).map(|table| (table.clone(), self.app.count(&table))).collect()
    }
}

/// Where a description tells of the data of a reply that has the one shape.
const DATA: &str = "/content/application~1json/schema/properties/data";

#[track_caller]
fn expect(route: &Route, reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{} {}: {}", route.method, route.path, reply.text);
    expect_shape(reply);
}

fn scope(route: &Route) -> Option<Scope> {
    match route.access {
        Access::Required(permission) => Some(permission.scope),
        Access::Public | Access::Optional => None,
    }
}

fn method(route: &Route) -> Method {
    Method::from_bytes(route.method.as_str().as_bytes()).expect("a method")
}

/// The route's path with this id in every place for one.
fn fill(route: &Route, id: &str) -> String {
    let parts = route.path.split('/').map(|part| if part.starts_with('{') { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn fresh() -> String {
    Id::<Walker>::fresh().to_string()
}
