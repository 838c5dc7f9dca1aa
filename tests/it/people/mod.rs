//! People: the roles of a tenant, its members, its own users, and who may change them.

pub mod every_route;
mod grants;
mod members;
mod names;
mod places;
mod retention;
mod roles;
pub mod support;
mod users;
