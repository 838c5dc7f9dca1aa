//! Looks: every list, count and search that the API has, with every combination of filters, in a
//! tenant with very many jobs and in one with few.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::seed::Crowd;
use crate::base::{Error, Result, Timestamp};
use crate::cli::bench::http::request;
use crate::cli::bench::load::Connection;
use crate::cli::bench::stats::percentile;

/// How often each is looked at; the fastest counts, as what the machine does beside is not ours.
const TRIES: usize = 5;

/// One kind of look in one tenant.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    pub look: &'static str,
    pub tenant: &'static str,
    /// Different ones that were tried.
    pub variants: usize,
    pub p50_millis: f64,
    pub p95_millis: f64,
    pub slowest_millis: f64,
    /// What the slowest one asked for.
    pub slowest: String,
}

/// Something to ask, by the kind of look that it is.
struct Asked {
    look: &'static str,
    line: String,
    body: String,
}

pub async fn measure(address: SocketAddr, crowd: &Crowd, is_quick: bool) -> Result<Vec<Look>> {
    let mut looks = Vec::new();
    for (name, tenant) in [("a fifth of all jobs", 0), ("few jobs", Crowd::SMALL)] {
        let asked = asked(crowd, tenant, is_quick);
        let (token, slug) = (crowd.token.clone(), crowd.tenants[tenant].slug.to_string());
        let timed = spawn_blocking(move || ask_all(address, &token, &slug, asked));
        looks.extend(summed(name, timed.await.map_err(Error::internal)??));
    }
    Ok(looks)
}

const PLAIN: &str = "the newest";
const ONE: &str = "with one filter";
const SEVERAL: &str = "with several filters";
const OF_ONE: &str = "the last in line, and why it waits";
const COUNTS: &str = "counts";
pub const MANY: &str = "how many a bulk act would find";

/// What each filter may say: what many jobs have, what few have, and what none has.
fn asked(crowd: &Crowd, tenant: usize, is_quick: bool) -> Vec<Asked> {
    let at = |row: usize| Timestamp::from_millis(crowd.made_at(row)).to_string();
    let (begin, middle, end) = (at(crowd.rows() / 100), at(crowd.rows() / 2), at(crowd.rows()));
    let filters: Vec<Vec<String>> = vec![
        filter("state", &["ready", "done", "dead", "running"]),
        filter("jobName", &["bench.hold", "bench.report", "bench.none"]),
        filter("queue", &["default", "mail", "nowhere"]),
        filter("tag", &["monthly", "never"]),
        vec![
            format!("since={middle}"),
            format!("since={end}"),
            format!("until={begin}"),
            format!("since={begin}&until={middle}"),
        ],
        filter("search", &["invoice-7", "mailbox", "nobody"]),
        filter("traceId", &["00000000000000000000000000000001"]),
    ];
    let mut queries: Vec<Vec<String>> = vec![Vec::new()];
    for (nth, choices) in filters.iter().enumerate() {
        // A trace has few jobs, with whatever else; so it is tried alone.
        let is_last = nth == filters.len() - 1;
        let with = queries.iter().filter(|query| !is_last || query.is_empty()).flat_map(|query| {
            choices.iter().map(|choice| [query.as_slice(), std::slice::from_ref(choice)].concat())
        });
        let with: Vec<_> = with.collect();
        queries.extend(with);
    }
    let step = if is_quick { 29 } else { 1 };
    let list = |query: Vec<String>| {
        let look = match query.len() {
            0 => PLAIN,
            1 => ONE,
            _ => SEVERAL,
        };
        Asked { look, line: format!("GET /api/jobs?{}", query.join("&")), body: String::new() }
    };
    let mut asked: Vec<Asked> = queries.into_iter().step_by(step).map(list).collect();
    let counts = ["/api/jobs/stats", "/api/queues", "/api/schedules"];
    asked.extend(counts.map(|path| Asked { look: COUNTS, line: format!("GET {path}"), body: String::new() }));
    let last = crowd.last_of(tenant);
    let of_one = ["", "/why", "/timeline"].map(|part| format!("GET /api/jobs/{last}{part}"));
    asked.extend(of_one.map(|line| Asked { look: OF_ONE, line, body: String::new() }));
    let acts = [json!({ "state": "dead" }), json!({ "tag": "monthly" }), json!({ "search": "nobody" })];
    asked.extend(acts.map(|filter| Asked {
        look: MANY,
        line: "POST /api/jobs/cancel".into(),
        body: json!({ "filter": filter, "dryRun": true }).to_string(),
    }));
    asked
}

fn filter(name: &str, values: &[&str]) -> Vec<String> {
    values.iter().map(|value| format!("{name}={value}")).collect()
}

fn ask_all(
    address: SocketAddr,
    token: &str,
    tenant: &str,
    asked: Vec<Asked>,
) -> Result<Vec<(Asked, Duration)>> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
    runtime.block_on(async {
        let mut connection = Connection::to(address).await.map_err(Error::internal)?;
        let mut timed = Vec::with_capacity(asked.len());
        for one in asked {
            let request = request(token, &one.line, tenant, &one.body);
            let mut taken = Vec::with_capacity(TRIES);
            for _ in 0..TRIES {
                let began = Instant::now();
                let status = connection.ask(&request).await.map_err(Error::internal)?;
                taken.push(began.elapsed());
                if status != 200 {
                    return Err(Error::internal(format!(
                        "{} {} was answered with {status}",
                        one.line, one.body
                    )));
                }
            }
            timed.push((one, taken.into_iter().min().unwrap_or_default()));
        }
        Ok(timed)
    })
}

fn summed(tenant: &'static str, timed: Vec<(Asked, Duration)>) -> Vec<Look> {
    let sum = |look: &'static str| {
        let of_it = || timed.iter().filter(|(asked, _)| asked.look == look);
        let mut taken: Vec<Duration> = of_it().map(|(_, taken)| *taken).collect();
        taken.sort_unstable();
        let (slowest, longest) = of_it().max_by_key(|(_, taken)| *taken)?;
        Some(Look {
            look,
            tenant,
            variants: taken.len(),
            p50_millis: percentile(&taken, 50) / 1e3,
            p95_millis: percentile(&taken, 95) / 1e3,
            slowest_millis: longest.as_secs_f64() * 1e3,
            slowest: format!("{} {}", slowest.line, slowest.body).trim_end().to_owned(),
        })
    };
    [PLAIN, ONE, SEVERAL, OF_ONE, COUNTS, MANY].into_iter().filter_map(sum).collect()
}
