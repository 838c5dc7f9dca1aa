//! Tenants, as those who run the instance see them.

mod administration;
mod erasing;
