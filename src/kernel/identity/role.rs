//! Roles: named sets of permissions. Every tenant has the built-in ones and may make its own.

use super::permission::{Allowed, Pattern};

/// A role that every tenant has: what it is called, what it is for, what it allows.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    pub name: &'static str,
    pub summary: &'static str,
    permissions: &'static [&'static str],
}

/// Who owns the tenant; only owners make owners.
pub const OWNER: &str = "owner";
/// What a user has who was given nothing else.
pub const USER: &str = "user";

/// The built-in roles, from the one that may most.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn { name: OWNER, summary: "Everything, other owners included", permissions: &["*:*"] },
    BuiltIn {
        name: "admin",
        summary: "Everything but what only owners may",
        permissions: &[
            "*:read",
            "*:write",
            "*:delete",
            "*:manage",
            // All that developers hold, as nobody gives a role of which he does not hold all.
            "requests:*",
            "jobs:*",
            "events:*",
            "schedules:*",
            "queues:*",
            "subscriptions:*",
            "dead-letters:*",
        ],
    },
    BuiltIn {
        name: "developer",
        summary: "See everything but people, and change what the tenant works with",
        permissions: &[
            "requests:*",
            "jobs:*",
            "events:*",
            "schedules:*",
            "queues:*",
            "subscriptions:*",
            "dead-letters:*",
            "limits:read",
            "roles:read",
            "telemetry:read",
        ],
    },
    BuiltIn { name: "viewer", summary: "See everything, change nothing", permissions: &["*:read"] },
    BuiltIn {
        name: USER,
        summary: "Use what the tenant offers to its own users",
        permissions: &["requests:read", "requests:write"],
    },
];

/// The built-in role of this name.
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|role| role.name == name)
}

impl BuiltIn {
    pub fn patterns(&self) -> Vec<Pattern> {
        self.permissions.iter().filter_map(|text| text.parse().ok()).collect()
    }

    pub fn allows(&self) -> Allowed {
        Allowed::only(self.patterns())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_pattern_is_a_pattern() {
        for role in BUILT_IN {
            assert_eq!(role.patterns().len(), role.permissions.len(), "{}", role.name);
        }
    }

    #[test]
    fn owners_give_every_role_and_admins_every_other() {
        for (giver, taken) in [(OWNER, 0), ("admin", 1)] {
            let giver = built_in(giver).expect("it is built in").allows();
            for role in &BUILT_IN[taken..] {
                assert_eq!(giver.lacks(&role.patterns()), None, "{}", role.name);
            }
        }
        let admin = built_in("admin").expect("it is built in").allows();
        assert!(admin.lacks(&BUILT_IN[0].patterns()).is_some());
    }
}
