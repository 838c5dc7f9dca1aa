//! The tests of the whole, as one binary: a folder or file here is named as what it tests.

mod architecture;
mod binary;
mod clock;
mod config;
mod documents;
mod isolation;
mod requests;
mod statements;
mod support;
mod writer;
