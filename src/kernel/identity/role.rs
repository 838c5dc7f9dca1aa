//! Roles: named sets of permissions.

use std::str::FromStr;

use super::permission::Allowed;
use crate::text_column;

/// A role that every tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Owner,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
        }
    }

    pub fn allows(self) -> Allowed {
        match self {
            Self::Owner => Allowed::Everything,
        }
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Owner].into_iter().find(|role| role.as_str() == word).ok_or(())
    }
}

text_column!(Role);
