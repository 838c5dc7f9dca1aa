//! People: the roles of a tenant, its members, its own users, and who may change them.

mod every_route;
mod grants;
mod members;
mod roles;
mod support;
mod users;
