//! Tokens of other issuers: whom they let in, whom they don't, and what that costs the issuer.

mod admission;
mod isolation;
mod keys;
mod manage;
mod people;
mod refusals;
mod roles;
mod support;
