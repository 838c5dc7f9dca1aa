//! The real binary, as an operator meets it: killed, stopped, starved and misled.

mod academy;
mod backup;
mod commands;
mod config;
mod crash;
mod deletion;
mod doctor;
mod events;
mod exit_codes;
mod faults;
mod full_disk;
mod handbook;
mod home;
mod http;
mod job_crash;
mod jobs;
mod one_actor;
mod open_files;
mod reload;
mod service;
mod stop;
mod telemetry;
mod tls;
mod upgrade;
mod workers;
