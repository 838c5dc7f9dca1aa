//! Every built-in role against every route of every addon: let in or not, exactly as its patterns say.

use reqwest::Method;
use steading::addons::ADDONS;
use steading::base::Id;
use steading::http::{Access, Route};
use steading::kernel::identity::{BUILT_IN, PermissionInfo, Scope};

use super::support::{start, user_with};
use crate::support::Caller;

/// What some roles hold of some permissions, written out: a pattern that is too wide shows here.
const KNOWN: &[(&str, &[&str])] = &[
    ("owner", &["members:write", "roles:write", "users:delete", "requests:delete"]),
    ("admin", &["members:write", "roles:write", "users:delete", "requests:delete"]),
    ("developer", &["roles:read", "requests:delete"]),
    ("viewer", &["members:read", "roles:read", "users:read", "requests:read"]),
    ("user", &["requests:read", "requests:write"]),
];

const UNHEARD: &[(&str, &[&str])] = &[
    ("developer", &["members:read", "users:read", "roles:write", "users:write"]),
    ("viewer", &["members:write", "roles:write", "users:write", "users:delete", "requests:write"]),
    ("user", &["members:read", "users:read", "roles:read", "requests:delete"]),
];

#[actix_web::test]
async fn a_role_opens_the_routes_that_its_patterns_name_and_no_other() {
    let app = start().await;
    let (_, owner) = app.tenant("acme").await;
    for role in BUILT_IN {
        let (_, caller) = user_with(&app, &owner, role.name).await;
        let mut walked = 0;
        for (route, permission) in routes() {
            let reply = try_route(&caller, route).await;
            let is_open = reply.status != 403;
            assert_eq!(
                is_open,
                holds(role.name, permission),
                "{} on {} {}",
                role.name,
                route.method,
                route.path
            );
            walked += 1;
        }
        assert!(walked > 20, "the routes lie elsewhere");
        let told = caller.get("/api/auth/permissions").await.expect(200).data();
        for permission in ADDONS.iter().flat_map(|addon| addon.permissions) {
            let expected = match permission.scope {
                Scope::Tenant | Scope::Anywhere => holds(role.name, *permission),
                Scope::Instance => false,
                Scope::Home | Scope::Here => true,
            };
            assert_eq!(
                told["permissions"][permission.name], expected,
                "{} for {}",
                permission.name, role.name
            );
        }
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
pub async fn try_route(caller: &Caller, route: &Route) -> crate::support::Reply {
    let path = route.path.replace("{id}", &Id::<Route>::fresh().to_string());
    let method = Method::from_bytes(route.method.as_str().as_bytes()).expect("a method");
    let body = route.method.has_body().then(|| "{\"unheardOf\": 1}".to_owned());
    caller.send(method, &path, body).await
}

fn routes() -> impl Iterator<Item = (&'static Route, PermissionInfo)> {
    ADDONS.iter().flat_map(|addon| addon.routes).filter_map(|route| match route.access {
        Access::Required(permission) if matches!(permission.scope, Scope::Tenant | Scope::Anywhere) => {
            Some((route, permission))
        }
        _ => None,
    })
}

/// Read from the role's patterns as they are shown, by other code than the server's.
fn holds(role: &str, permission: PermissionInfo) -> bool {
    let role = BUILT_IN.iter().find(|known| known.name == role).expect("it is built in");
    let (area, verb) = permission.name.split_once(':').expect("two words");
    let names = [permission.name.to_owned(), format!("{area}:*"), format!("*:{verb}"), "*:*".to_owned()];
    role.patterns().iter().any(|pattern| names.contains(&pattern.to_string()))
}
