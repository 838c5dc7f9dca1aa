//! `backup`: make backups, look at them, try them out, restore them; and carry one tenant. Making one is asked of the
//! server that runs here; all else is done by this command itself, on files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use serde_json::{Value, json};

use super::arguments::Backup;
use super::client::Client;
use super::output::{Output, counted, plain, table};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::db::{Arrival, copy_file};
use crate::base::{Clock, Error, Kind, Result};
use crate::kernel::TraceId;
use crate::kernel::backups::{self, BroughtIn, Drilled, Restored, Source, Store, Verified, Workplace};
use crate::kernel::identity::Email;
use crate::kernel::tenants::Slug;

/// As `check` says it.
const PROBLEMS_FOUND: u8 = 4;

/// How long a server may take to begin.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

pub fn run(config: Config, command: Backup, output: &Output) -> Result<ExitCode> {
    let place =
        |data: DataDir, config: &Config| Workplace { data, config: config.clone(), now: Clock::System.now() };
    let data = || DataDir::existing(&config.server.data);
    match command {
        Backup::Create => create(config, output),
        Backup::List { store: false } => list(&data()?, output),
        Backup::List { store: true } => super::block_on(list_store(&config, output)),
        Backup::Fetch { name } => {
            let place = place(DataDir::prepare(&config.server.data)?, &config);
            super::block_on(fetch(&place, name, output))
        }
        Backup::Verify { backup } => verify(&find_or_newest(&config, backup)?, output),
        Backup::Drill { backup, into } => {
            let path = find_or_newest(&config, backup)?;
            let place = place(DataDir::at(&config.server.data), &config);
            drill(&place, &path, into.as_deref(), output)
        }
        Backup::Restore { backup, force } => {
            let source = source_of(&config, backup);
            let place = place(DataDir::prepare(&config.server.data)?, &config);
            restore(&place, &source, force, output)
        }
        Backup::Tenant { tenant, out } => carry_out(&place(data()?, &config), &tenant, &out, output),
        Backup::RestoreTenant { file, slug, owner, active } => {
            let arrival = Arrival {
                slug: slug
                    .map(|slug| checked("as", slug.parse::<Slug>()))
                    .transpose()?
                    .map(|slug| (*slug).to_owned()),
                owner: owner
                    .map(|owner| checked("owner", owner.parse::<Email>()))
                    .transpose()?
                    .map(|email| email.key()),
                is_active: active,
                trace: TraceId::fresh().to_string(),
            };
            bring_in(&place(data()?, &config), &find(&config, file), &arrival, output)
        }
    }
}

fn checked<T, E: std::fmt::Display>(option: &str, parsed: Result<T, E>) -> Result<T> {
    parsed.map_err(|error| Error::invalid(option, error.to_string()))
}

/// A file, or else a backup of the data directory.
fn find(config: &Config, given: PathBuf) -> PathBuf {
    match given.exists() {
        true => given,
        false => DataDir::at(&config.server.data).backups().join(given),
    }
}

/// What to restore: data that was put aside, by its name, or a file.
fn source_of(config: &Config, given: PathBuf) -> Source {
    let name = given.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
    match name {
        Some(name) => Source::Aside(name),
        None => Source::Backup(find(config, given)),
    }
}

/// The same, or the newest backup of the data directory when none is named.
fn find_or_newest(config: &Config, given: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(given) = given {
        return Ok(find(config, given));
    }
    let data = DataDir::at(&config.server.data);
    let newest = backups::list_backups(&data)?.into_iter().next().ok_or_else(|| {
        let place = data.backups();
        let message =
            format!("There is no backup in {}; `steading backup create` makes one.", place.display());
        Error::new(Kind::NotFound, message)
    })?;
    Ok(data.backups().join(newest.name.to_string()))
}

/// Nobody stops a command but by ending it; what it leaves then is thrown away by the next.
static GOES_ON: AtomicBool = AtomicBool::new(false);

/// Says what it does whenever that changes, to people who wait.
fn telling(output: &Output) -> impl FnMut(u32, &str) {
    let (is_silent, mut last) = (output.json, String::new());
    move |_, note| {
        if !is_silent && note != last {
            eprintln!("{note} …");
            note.clone_into(&mut last);
        }
    }
}

fn create(config: Config, output: &Output) -> Result<ExitCode> {
    let data = DataDir::existing(&config.server.data)?;
    let made = match data.holder() {
        Some(_) => super::block_on(ask_server(config))?,
        None => {
            let _lock = data.lock()?;
            let source = data.database();
            let place = Workplace { data, config, now: Clock::System.now() };
            let made = place.make_backup(
                |target, course| copy_file(&source, target, course),
                &GOES_ON,
                &mut telling(output),
            )?;
            json!(made.backup)
        }
    };
    output.show(&made, || {
        format!(
            "Made {} ({}). It holds the signing keys: keep it where nobody else reads it.",
            words(&made["name"]),
            size(&made["bytes"])
        )
    });
    Ok(ExitCode::SUCCESS)
}

/// Asks the server for a backup and waits until it is made.
async fn ask_server(config: Config) -> Result<Value> {
    let client = Client::reach(config).await?;
    let began = Instant::now();
    let asked = client.post("/api/backups", &json!({})).await?;
    loop {
        let found = client.get("/api/backups").await?;
        let runs = found["runs"].as_array().into_iter().flatten();
        let run = runs.into_iter().find(|run| run["jobId"] == asked["jobId"]);
        match run.map(|run| (words(&run["state"]), words(&run["error"]))) {
            Some((state, _)) if state == "done" => {
                client.done().await;
                return Ok(found["backups"][0].clone());
            }
            Some((state, error)) if has_failed(&state, &error) => {
                client.done().await;
                return Err(Error::new(Kind::Unavailable, format!("The server could not make it: {error}")));
            }
            Some((state, _)) if state == "ready" && began.elapsed() > LONGEST_WAIT => {
                return Err(Error::new(
                    Kind::Unavailable,
                    "The server does not begin it; does it run jobs? See jobs.concurrency in its configuration.",
                ));
            }
            _ => tokio::time::sleep(BETWEEN_LOOKS).await,
        }
    }
}

/// Whether it failed, be it that it is tried again later.
fn has_failed(state: &str, error: &str) -> bool {
    matches!(state, "dead" | "cancelled") || state == "scheduled" && !error.is_empty()
}

fn list(data: &DataDir, output: &Output) -> Result<ExitCode> {
    let found = backups::list_backups(data)?;
    output.show(&json!(found), || {
        let row = |backup: &Value| {
            vec![
                words(&backup["name"]),
                words(&backup["madeAt"]),
                size(&backup["bytes"]),
                size(&backup["databaseBytes"]),
                words(&backup["problem"]),
            ]
        };
        let rows: Vec<_> = found.iter().map(|backup| row(&json!(backup))).collect();
        table(&["name", "made at", "size", "database", "problem"], &rows)
    });
    Ok(ExitCode::SUCCESS)
}

fn store_of(config: &Config) -> Result<Store> {
    Store::open(config, Clock::System)?.ok_or_else(|| {
        Error::new(Kind::BadRequest, "No store is configured; set backup.s3_endpoint and what belongs to it.")
    })
}

async fn list_store(config: &Config, output: &Output) -> Result<ExitCode> {
    let names = store_of(config)?.list().await?;
    output.show(&json!(names), || names.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    Ok(ExitCode::SUCCESS)
}

async fn fetch(place: &Workplace, name: Option<String>, output: &Output) -> Result<ExitCode> {
    let store = store_of(&place.config)?;
    let name = match name {
        Some(name) => checked("name", name.parse())?,
        None => store.list().await?.into_iter().next().ok_or_else(|| Error::not_found("backup"))?,
    };
    store.fetch(&name, place, |_, _| {}).await?;
    output.show(&json!({ "name": name }), || {
        format!("Fetched {name}; look at it with `steading backup drill {name}`.")
    });
    Ok(ExitCode::SUCCESS)
}

fn verify(path: &Path, output: &Output) -> Result<ExitCode> {
    let verified = backups::verify(path, &GOES_ON, &mut telling(output))?;
    let Verified { database_bytes, problems, .. } = &verified;
    output.show(&json!(verified), || match problems.is_empty() {
        true => format!("{} is whole; the database in it has {}.", path.display(), ByteSize(*database_bytes)),
        false => format!("{} is not whole:\n  {}", path.display(), problems.join("\n  ")),
    });
    Ok(judge(problems))
}

fn drill(place: &Workplace, path: &Path, into: Option<&Path>, output: &Output) -> Result<ExitCode> {
    let drilled = match into {
        Some(into) => place.drill_in(path, into, &GOES_ON, &mut telling(output))?,
        None => place.drill(path, &GOES_ON, &mut telling(output))?,
    };
    let Drilled { tenants, seconds, problems, schema_version, .. } = &drilled;
    output.show(&json!(drilled), || match problems.is_empty() {
        true => format!(
            "{} can be restored: {}, schema {schema_version}, in {seconds:.1} s.",
            path.display(),
            counted(*tenants, "tenant", "tenants")
        ),
        false => format!("{} can't be restored:\n  {}", path.display(), problems.join("\n  ")),
    });
    Ok(judge(problems))
}

fn judge(problems: &[String]) -> ExitCode {
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(PROBLEMS_FOUND) }
}

fn restore(place: &Workplace, source: &Source, force: bool, output: &Output) -> Result<ExitCode> {
    let restored = place.restore(source, force, &GOES_ON, &mut telling(output))?;
    let Restored { made_at, replaced, .. } = &restored;
    output.show(&json!(restored), || {
        let before = replaced.as_ref().map_or(String::new(), |path| {
            format!(
                " What was there before lies in {}; to go back to that, restore it by its name.",
                path.display()
            )
        });
        format!("{} is as it was at {made_at}.{before}", place.data.path().display())
    });
    Ok(ExitCode::SUCCESS)
}

fn carry_out(place: &Workplace, tenant: &str, out: &Path, output: &Output) -> Result<ExitCode> {
    let carried = place.carry_out(tenant, out, &GOES_ON, &mut telling(output))?;
    output.show(&json!(carried), || {
        let still = match carried.is_active {
            true => " It goes on here: to move it, suspend it first and write the file anew.",
            false => "",
        };
        format!(
            "Wrote {} with all that {} has ({}).{still}",
            out.display(),
            carried.slug,
            ByteSize(carried.bytes)
        )
    });
    Ok(ExitCode::SUCCESS)
}

fn bring_in(place: &Workplace, path: &Path, arrival: &Arrival, output: &Output) -> Result<ExitCode> {
    let brought = place.bring_in(path, arrival, &GOES_ON, &mut telling(output))?;
    output.show(&json!(brought), || words_of_arrival(&brought));
    Ok(ExitCode::SUCCESS)
}

fn words_of_arrival(brought: &BroughtIn) -> String {
    let BroughtIn { arrived, is_active, tokens_hold } = brought;
    let mut lines =
        vec![format!("Brought in {} with {}.", arrived.slug, counted(arrived.rows, "row", "rows"))];
    if arrived.members_left_out > 0 {
        let members = counted(arrived.members_left_out, "member", "members");
        lines.push(format!("Left out because they have no account here: {members}."));
    }
    if arrived.rows_left_out > 0 {
        let names = counted(arrived.rows_left_out, "host name", "host names");
        lines.push(format!("Left out because others here have them: {names}."));
    }
    if !tokens_hold {
        lines.push(format!(
            "Tokens that were given out before are void here; its people sign in anew, and its API keys ({}) must be \
             made anew.",
            arrived.api_keys
        ));
    }
    if !is_active {
        lines.push(format!("It is suspended; when you have looked: steading tenant resume {}", arrived.slug));
    }
    lines.join("\n")
}

fn words(value: &Value) -> String {
    value.as_str().map(plain).unwrap_or_default()
}

fn size(value: &Value) -> String {
    value.as_u64().map_or(String::new(), |bytes| ByteSize(bytes).to_string())
}
