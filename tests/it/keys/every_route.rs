//! A key, and a token narrowed offline, each to one permission, against every route.

use serde_json::json;
use steading::addons::ADDONS;
use steading::http::{Access, Route};
use steading::kernel::identity::{PermissionInfo, Scope};

use super::key;
use crate::people::every_route::try_route;
use crate::support::{Caller, TestApp, narrow};

#[actix_web::test]
async fn a_key_with_one_permission_opens_its_routes_and_no_other() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    for held in in_a_tenant() {
        let body = json!({ "name": held.name, "permissions": [held.name] });
        let (_, caller) = key(&app, &owner, body).await;
        walk(&caller, held).await;
    }
}

#[actix_web::test]
async fn a_token_narrowed_to_one_permission_opens_its_routes_and_no_other() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("acme").await;
    for held in in_a_tenant() {
        let check = format!("check if operation(\"{}\")", held.name);
        let caller = app.nobody().with_token(&narrow(owner.token(), &check)).in_tenant("acme");
        walk(&caller, held).await;
    }
}

/// The permissions that are held in a tenant.
fn in_a_tenant() -> impl Iterator<Item = PermissionInfo> {
    let all = ADDONS.iter().flat_map(|addon| addon.permissions).copied();
    all.filter(|permission| matches!(permission.scope, Scope::Tenant | Scope::Anywhere))
}

/// Every route of every addon but those that everybody may use.
async fn walk(caller: &Caller, held: PermissionInfo) {
    let mut walked = 0;
    for route in ADDONS.iter().flat_map(|addon| addon.routes) {
        let Access::Required(asked) = route.access else { continue };
        if asked.scope == Scope::Here {
            continue;
        }
        let status = try_route(caller, route).await.status;
        assert_eq!(status != 403, asked == held, "{} on {}", held.name, name_of(route));
        walked += 1;
    }
    assert!(walked > 40, "the routes lie elsewhere");
}

fn name_of(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}
