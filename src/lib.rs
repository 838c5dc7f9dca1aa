//! Steading: a backend in one binary for people who host things themselves.
//!
//! The house, from the front door to the ground; imports point right only:
//! `main`, `cli`, `server` → `addons` → `http` → `kernel` → `base`.

pub mod addons;
pub mod base;
pub mod cli;
pub mod http;
pub mod kernel;
pub mod server;
