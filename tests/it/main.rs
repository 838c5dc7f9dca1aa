//! The tests of the whole, as one binary: a folder or file here is named as what it tests.

mod architecture;
mod audit;
mod binary;
mod binary_bench;
mod clock;
mod config;
mod documents;
mod erase;
mod events;
mod file_check;
mod http;
mod identity;
mod isolation;
mod issuers;
mod jobs;
mod keys;
mod migrations;
mod outbound;
mod people;
mod requests;
mod schedules;
mod statements;
mod support;
mod tenants;
mod workers;
mod writer;
