//! Permissions: named `area:verb`, each a type, so that a handler says in its signature which one
//! it needs; and patterns over them, of which roles are made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A permission as a type. Declare one with `permission!`.
pub trait Permission: 'static {
    const INFO: PermissionInfo;
}

/// What a permission is called and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionInfo {
    pub name: &'static str,
    pub summary: &'static str,
    pub scope: Scope,
}

/// Where a permission is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In a tenant, by its members and users.
    Tenant,
    /// In a tenant, and in the instance over its accounts: name it as `X-Tenant-ID: instance`.
    Anywhere,
    /// In the instance, by the accounts that run it.
    Instance,
    /// Where one signed in, by everybody over his own things; a token for another tenant is not for that.
    Home,
    /// Where one signed in, by everybody, to be told who he is; whatever tenant his token is for.
    Person,
    /// In the tenant that the request names, else where one signed in, by everybody who has a place
    /// there.
    Here,
}

/// Declares a permission, held in a tenant or in the instance:
/// `permission!(RequestsRead, Tenant, "requests:read", "See requests");`
#[macro_export]
macro_rules! permission {
    ($type:ident, $scope:ident, $name:literal, $summary:literal) => {
        #[doc = $summary]
        pub struct $type;

        impl $crate::kernel::identity::Permission for $type {
            const INFO: $crate::kernel::identity::PermissionInfo = $crate::kernel::identity::PermissionInfo {
                name: $name,
                summary: $summary,
                scope: $crate::kernel::identity::Scope::$scope,
            };
        }
    };
}

/// One permission or many: `requests:read`, `requests:*`, `*:read`, `*:*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", inline)]
pub struct Pattern {
    area: String,
    verb: String,
}

impl Pattern {
    /// Whether everything that the other stands for is in this.
    pub fn covers(&self, other: &Self) -> bool {
        part_covers(&self.area, &other.area) && part_covers(&self.verb, &other.verb)
    }

    /// What both stand for, if there is anything.
    fn meet(&self, other: &Self) -> Option<Self> {
        let part = |one: &str, other: &str| match (one, other) {
            ("*", part) | (part, "*") => Some(part.to_owned()),
            (one, other) => (one == other).then(|| one.to_owned()),
        };
        Some(Self { area: part(&self.area, &other.area)?, verb: part(&self.verb, &other.verb)? })
    }

    fn includes(&self, name: &str) -> bool {
        name.split_once(':')
            .is_some_and(|(area, verb)| part_covers(&self.area, area) && part_covers(&self.verb, verb))
    }
}

fn part_covers(whole: &str, part: &str) -> bool {
    whole == "*" || whole == part
}

impl FromStr for Pattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |part: &str| {
            part == "*"
                || (1..=40).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))
        };
        match text.split_once(':') {
            Some((area, verb)) if is_word(area) && is_word(verb) => {
                Ok(Self { area: area.into(), verb: verb.into() })
            }
            _ => Err("write a permission as area:verb, such as requests:read or requests:*"),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.area, self.verb)
    }
}

/// What somebody may do in a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(Vec<Pattern>);

impl Allowed {
    pub fn nothing() -> Self {
        Self::default()
    }

    pub fn only(patterns: Vec<Pattern>) -> Self {
        Self(patterns)
    }

    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    pub fn includes(&self, permission: PermissionInfo) -> bool {
        self.0.iter().any(|pattern| pattern.includes(permission.name))
    }

    /// The first of these that is not held, if there is one: nobody grants what he does not hold.
    pub fn lacks<'p>(&self, wanted: &'p [Pattern]) -> Option<&'p Pattern> {
        wanted.iter().find(|wanted| !self.0.iter().any(|held| held.covers(wanted)))
    }

    /// What is both held and among these.
    pub fn within(&self, patterns: &[Pattern]) -> Self {
        let both = |held: &Pattern| {
            let meet = |one: &Pattern| held.meet(one);
            patterns.iter().filter_map(meet).collect::<Vec<_>>()
        };
        Self(self.0.iter().flat_map(both).collect())
    }

    pub fn patterns(&self) -> &[Pattern] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_star_stands_for_every_word() {
        assert!(pattern("*:*").covers(&pattern("requests:*")));
        assert!(pattern("*:read").covers(&pattern("requests:read")));
        assert!(!pattern("*:read").covers(&pattern("requests:*")));
        assert!(!pattern("requests:*").covers(&pattern("*:read")));
        assert!(pattern("requests:*").includes("requests:write"));
        assert!(!pattern("requests:*").includes("requests-archive:write"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in
            ["", "requests", ":", "requests:", ":read", "a:b:c", "Requests:read", "re quests:read", "**:read"]
        {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_of_what_is_held_is_what_both_stand_for() {
        let held = Allowed::only(vec![pattern("*:read"), pattern("jobs:*")]);
        let part = held.within(&[pattern("jobs:*"), pattern("requests:write")]);
        assert_eq!(part.patterns(), [pattern("jobs:read"), pattern("jobs:*")]);
        assert!(Allowed::nothing().within(&[pattern("*:*")]).is_nothing());
    }

    #[test]
    fn nobody_grants_what_he_does_not_hold() {
        let allowed = Allowed::only(vec![pattern("*:read"), pattern("jobs:*")]);
        assert_eq!(allowed.lacks(&[pattern("requests:read"), pattern("jobs:write")]), None);
        assert_eq!(allowed.lacks(&[pattern("requests:write")]), Some(&pattern("requests:write")));
    }
}
