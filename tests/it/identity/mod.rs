//! Who somebody is, what his token lets him do, and in which tenant.

mod forged;
mod fuzz;
mod hostile_blocks;
mod narrowing;
mod rubbish;
mod tenancy;
mod tokens;
mod vectors;
