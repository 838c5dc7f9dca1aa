//! The service desk.

mod comments;
mod fields;
mod lists;
mod people;
mod transitions;
