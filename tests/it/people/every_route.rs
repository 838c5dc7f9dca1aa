//! Every built-in role against every route of every addon: let in or not, exactly as its patterns say.

use reqwest::Method;
use steading::addons::ADDONS;
use steading::base::Id;
use steading::http::{Access, Route};
use steading::kernel::identity::{BUILT_IN, PermissionInfo, Scope};

use super::support::{make_user, member_with, sign_in, start, user_with};
use crate::support::{Caller, Reply, TestApp};

/// What some roles hold of some permissions, written out: a pattern that is too wide shows here.
const KNOWN: &[(&str, &[&str])] = &[
    ("owner", &["members:write", "roles:write", "users:delete", "requests:delete", "keys:write"]),
    ("admin", &["members:write", "roles:write", "users:delete", "requests:delete", "keys:write"]),
    ("developer", &["roles:read", "requests:delete", "jobs:write", "queues:write", "schedules:write"]),
    ("viewer", &["members:read", "roles:read", "users:read", "requests:read"]),
    ("user", &["requests:read", "requests:write"]),
];

const UNHEARD: &[(&str, &[&str])] = &[
    ("developer", &["members:read", "users:read", "roles:write", "users:write", "keys:write"]),
    (
        "viewer",
        &[
            "members:write",
            "roles:write",
            "users:write",
            "users:delete",
            "requests:write",
            "keys:write",
            "jobs:write",
        ],
    ),
    ("user", &["members:read", "users:read", "roles:read", "requests:delete", "keys:read", "keys:write"]),
];

/// Where a role is tried: in a tenant, whose users have it, or in the instance, whose members do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Tenant,
    Instance,
}

#[actix_web::test]
async fn a_role_opens_the_routes_that_its_patterns_name_and_no_other() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    let (_, root) = app.instance_owner("root@example.org").await;
    for role in BUILT_IN {
        let (_, user) = user_with(&app, &owner, role.name).await;
        make_user(&owner, &leaver(role.name), role.name).await;
        walk(&app, role.name, Place::Tenant, &user).await;
        let (_, account) =
            member_with(&app, &root.clone().in_tenant("instance"), "instance", role.name).await;
        walk(&app, role.name, Place::Instance, &account).await;
    }
}

fn leaver(role: &str) -> String {
    format!("{role}-leaves@acme.example")
}

/// Tries every route there is with the role, and asks what it may.
async fn walk(app: &TestApp, role: &str, place: Place, caller: &Caller) {
    let mut walked = 0;
    for route in ADDONS.iter().flat_map(|addon| addon.routes) {
        let reply = match route.access {
            // Some of these end all of the caller's sessions, so that somebody else calls them.
            Access::Required(permission) if permission.scope == Scope::Home && place == Place::Tenant => {
                try_route(&sign_in(app, "acme", &leaver(role)).await, route).await
            }
            _ => try_route(caller, route).await,
        };
        let is_open = !matches!(reply.status, 401 | 403);
        let expected = match route.access {
            Access::Public | Access::Optional => true,
            Access::Required(permission) => opens(role, place, permission),
        };
        assert_eq!(
            is_open, expected,
            "{role} in {place:?} on {} {}: {}",
            route.method, route.path, reply.text
        );
        walked += 1;
    }
    assert!(walked > 40, "the routes lie elsewhere");
    let told = caller.get("/api/auth/permissions").await.expect(200).data();
    for permission in ADDONS.iter().flat_map(|addon| addon.permissions) {
        let expected = opens(role, place, *permission);
        assert_eq!(told["permissions"][permission.name], expected, "{} for {role}", permission.name);
    }
}

fn opens(role: &str, place: Place, permission: PermissionInfo) -> bool {
    match permission.scope {
        Scope::Home | Scope::Person | Scope::Here => true,
        Scope::Anywhere => holds(role, permission),
        Scope::Tenant => place == Place::Tenant && holds(role, permission),
        Scope::Instance => place == Place::Instance && holds(role, permission),
    }
}

#[test]
fn the_built_in_roles_are_as_wide_as_they_are_meant() {
    let known = ADDONS.iter().flat_map(|addon| addon.permissions);
    for permission in known {
        let is_named = |table: &[(&str, &[&str])], role: &str| {
            table.iter().any(|(name, names)| *name == role && names.contains(&permission.name))
        };
        for role in BUILT_IN {
            let held = holds(role.name, *permission);
            assert!(held || !is_named(KNOWN, role.name), "{} lacks {}", role.name, permission.name);
            assert!(!held || !is_named(UNHEARD, role.name), "{} has {}", role.name, permission.name);
        }
    }
}

/// Tries a route on something that does not exist, so that nothing happens.
pub async fn try_route(caller: &Caller, route: &Route) -> Reply {
    let path = route.path.replace("{id}", &Id::<Route>::fresh().to_string());
    let method = Method::from_bytes(route.method.as_str().as_bytes()).expect("a method");
    let body = route.method.has_body().then(|| "{\"unheardOf\": 1}".to_owned());
    caller.send(method, &path, body).await
}

/// Read from the role's patterns as they are shown, by other code than the server's.
fn holds(role: &str, permission: PermissionInfo) -> bool {
    let role = BUILT_IN.iter().find(|known| known.name == role).expect("it is built in");
    let (area, verb) = permission.name.split_once(':').expect("two words");
    let names = [permission.name.to_owned(), format!("{area}:*"), format!("*:{verb}"), "*:*".to_owned()];
    role.patterns().iter().any(|pattern| names.contains(&pattern.to_string()))
}
