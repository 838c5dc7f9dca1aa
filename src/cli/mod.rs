//! The command line. Each command is one file; those about tenants, accounts and tokens speak to
//! the API, of the server that runs here or of one that runs for just that command.

mod account;
mod arguments;
mod backup;
mod bench;
mod check;
mod client;
mod dead_letters;
mod doctor;
mod events;
mod healthcheck;
mod init;
mod jobs;
mod key;
mod output;
mod payload;
mod remote;
mod serve;
mod service;
mod setup_link;
mod subscriptions;
mod tail;
mod tenant;
mod token;

use std::future::Future;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::addons;
use crate::base::config::{Config, load};
use crate::base::{Error, Kind, Result};
use crate::http;
use arguments::{Arguments, Command, Common};
use output::{Output, print_line};

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output { json: arguments.common.json };
    match run_command(arguments, &output) {
        Ok(code) => code,
        Err(error) => {
            output.failure(&error);
            exit_code(&error)
        }
    }
}

fn run_command(arguments: Arguments, output: &Output) -> Result<ExitCode> {
    let common = arguments.common;
    match arguments.command.unwrap_or(Command::Serve(arguments::Serve::default())) {
        Command::Serve(serve) => block_on(serve::serve(&common, serve, output))?,
        Command::Init => init::init(&configuration(&common)?, output)?,
        Command::Tenant(tenant) => block_on(tenant::run(configuration(&common)?, tenant, output))?,
        Command::Account(account) => block_on(account::run(configuration(&common)?, account, output))?,
        Command::Token(token) => block_on(token::run(configuration(&common)?, token, output))?,
        Command::Key(key) => block_on(key::run(configuration(&common)?, key, output))?,
        Command::Jobs(jobs) => block_on(jobs::run(configuration(&common)?, jobs, output))?,
        Command::Events(events) => block_on(events::run(configuration(&common)?, events, output))?,
        Command::Subscriptions(subscriptions) => {
            block_on(subscriptions::run(configuration(&common)?, subscriptions, output))?
        }
        Command::DeadLetters(letters) => {
            block_on(dead_letters::run(configuration(&common)?, letters, output))?
        }
        Command::KeyRotate => block_on(token::rotate_keys(configuration(&common)?, output))?,
        Command::SetupLink => block_on(setup_link::setup_link(configuration(&common)?, output))?,
        Command::Doctor => return doctor::doctor(&common, output),
        Command::Service(service) => service::service(&common, service, output)?,
        Command::Backup(command) => return backup::run(configuration(&common)?, command, output),
        Command::Check => return check::check(&configuration(&common)?, output),
        Command::Bench(how) => {
            block_on(bench::bench(configuration(&common)?, common.config.as_deref(), how, output))?
        }
        Command::Healthcheck(probe) => {
            block_on(healthcheck::healthcheck(configuration(&common)?, probe, output))?
        }
        Command::Openapi => print_line(&format!("{:#}", http::document(addons::table()?.routes()))),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "steading", &mut std::io::stdout());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration: the file, the environment, and what the command line says.
fn configuration(common: &Common) -> Result<Config> {
    let mut config = load(common.config.as_deref(), environment())?;
    if let Some(data) = &common.data {
        config.server.data.clone_from(data);
    }
    Ok(config)
}

/// The environment as text; what is not text can't name an option.
fn environment() -> impl Iterator<Item = (String, String)> {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    actix_web::rt::System::new().block_on(work)
}

/// 1 failed, 2 wrong usage or configuration, 3 the data directory or address is in use. What looks for problems ends
/// by itself with 4 when it found some.
fn exit_code(error: &Error) -> ExitCode {
    ExitCode::from(match error.kind() {
        Kind::ValidationFailed | Kind::BadRequest => 2,
        Kind::InUse => 3,
        _ => 1,
    })
}
