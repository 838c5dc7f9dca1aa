//! Permissions: named `area:verb`, each a type, so that a handler says in its signature which one
//! it needs.

use std::collections::BTreeSet;

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
    /// In the instance, by the accounts that run it.
    Instance,
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

/// What somebody may do in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    Everything,
    Only(BTreeSet<String>),
}

impl Allowed {
    pub fn nothing() -> Self {
        Self::Only(BTreeSet::new())
    }

    pub fn includes(&self, permission: PermissionInfo) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(names) => names.contains(permission.name),
        }
    }
}
