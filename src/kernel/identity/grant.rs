//! Granting: nobody gives, changes or takes away what he does not hold himself.

use super::permission::{Allowed, Pattern, PermissionInfo};
use super::role::{self, BuiltIn};
use super::store;
use crate::base::db::{Read, Write};
use crate::base::error::Detail;
use crate::base::{Error, Kind, Result, Timestamp};
use crate::kernel::Who;
use crate::kernel::audit::{self, Act};
use crate::kernel::tenants::Tenant;

/// Who changes people and roles, where, and what he holds there.
#[derive(Debug, Clone)]
pub struct Grantor {
    pub who: Who,
    pub allowed: Allowed,
    /// Whether his token was narrowed, or his key is for some paths only. He may then do less than
    /// any list of permissions says, so he gives and takes nothing.
    pub is_limited: bool,
}

impl Grantor {
    /// Where he acts.
    pub fn tenant(&self) -> &Tenant {
        &self.who.tenant
    }

    /// Writes down what he did, in the transaction that does it.
    pub(super) fn record(&self, tx: &Write<'_>, act: &Act, now: Timestamp) -> Result<()> {
        audit::record(tx, &self.who, act, now)
    }

    /// Refuses who lacks one of these, and names it.
    pub fn must_hold(&self, patterns: &[Pattern]) -> Result<()> {
        if self.is_limited && !patterns.is_empty() {
            return Err(Error::new(
                Kind::Forbidden,
                "A token that was narrowed, or a key for some paths only, gives and takes no rights; use one that is not.",
            ));
        }
        match self.allowed.lacks(patterns) {
            None => Ok(()),
            Some(missing) => Err(Error::new(
                Kind::Forbidden,
                format!(
                    "This needs the permission {missing} here, which you can't give or take as you do not hold it."
                ),
            )),
        }
    }

    /// Refuses who could not make an owner.
    pub fn must_hold_all(&self) -> Result<()> {
        self.must_hold(&role::built_in(role::OWNER).map(BuiltIn::patterns).unwrap_or_default())
    }

    /// Whether he may give this role; it must exist.
    pub(super) fn may_give(&self, tx: &Read<'_>, role: &str) -> Result<()> {
        let patterns = patterns_of(tx, role)?
            .ok_or_else(|| Error::invalid("role", "there is no role with this name; see /api/roles"))?;
        self.must_hold(&patterns)
    }

    /// Whether he may take this role from somebody, or change who has it. One that was deleted
    /// allows nothing, so everybody may.
    pub(super) fn may_take(&self, tx: &Read<'_>, role: &str) -> Result<()> {
        self.must_hold(&patterns_of(tx, role)?.unwrap_or_default())
    }
}

/// What the role of this name allows, when there is one.
fn patterns_of(tx: &Read<'_>, role: &str) -> Result<Option<Vec<Pattern>>> {
    match role::built_in(role) {
        Some(built_in) => Ok(Some(built_in.patterns())),
        None => Ok(store::find_role(tx, role)?.map(|role| role.permissions)),
    }
}

/// Refuses patterns that stand for nothing, which are slips of the pen.
pub fn must_mean_something(patterns: &[Pattern], known: &[PermissionInfo]) -> Result<()> {
    let means_nothing = |pattern: &Pattern| {
        let alone = Allowed::only(vec![pattern.clone()]);
        !known.iter().any(|permission| alone.includes(*permission))
    };
    let details: Vec<Detail> = patterns
        .iter()
        .filter(|pattern| means_nothing(pattern))
        .map(|pattern| Detail {
            path: "permissions".into(),
            message: format!("{pattern} stands for no permission of this server; see /api/auth/permissions"),
        })
        .collect();
    if details.is_empty() { Ok(()) } else { Err(Error::invalid_at(details)) }
}
