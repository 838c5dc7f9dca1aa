//! Requests over HTTP: of an instance in this process, over real connections.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::desk::Desk;
use super::load::{self, Outcome};
use super::reads::LIST_LENGTH;
use super::statements::{DESCRIPTION, TITLE};
use super::stats::{ROUNDS, Rate, rate_of};
use crate::base::Result;
use crate::base::db::TenantNo;

const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// Different requests of one kind that are sent in turn.
const VARIETY: usize = 1_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    pub request: &'static str,
    pub connections: usize,
    #[serde(flatten)]
    pub rate: Rate,
    /// Replies with another status than the one expected, and broken connections.
    pub errors: usize,
}

pub const LIVE: &str = "GET /healthz";
pub const SHOW: &str = "GET /api/requests/{id}";
pub const LIST: &str = "GET /api/requests?limit=50";
pub const OPEN: &str = "POST /api/requests";

/// One kind of request: its texts as they go over the wire, and the status of a good reply.
struct Mix {
    name: &'static str,
    requests: Vec<Vec<u8>>,
    status: u16,
}

/// The kinds take turns, several times over, so that what disturbs the machine disturbs all alike.
pub fn measure(desk: &Desk, address: SocketAddr, span: Duration) -> Result<Vec<Cell>> {
    let mixes = mixes(desk)?;
    let mut outcomes: BTreeMap<(usize, usize), Outcome> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for connections in CONNECTIONS {
            for (nth, mix) in mixes.iter().enumerate() {
                let round = load::send(address, &mix.requests, mix.status, connections, span / ROUNDS)?;
                let sum = outcomes.entry((nth, connections)).or_default();
                sum.taken.extend(round.taken);
                sum.errors += round.errors;
            }
        }
    }
    let cell = |((nth, connections), outcome): ((usize, usize), Outcome)| Cell {
        request: mixes[nth].name,
        connections,
        rate: rate_of(outcome.taken, span),
        errors: outcome.errors,
    };
    Ok(outcomes.into_iter().map(cell).collect())
}

/// Reads of one request each, whichever it is.
pub fn shown(desk: &Desk) -> Result<Vec<Vec<u8>>> {
    let token = desk.token()?;
    let slug_of = |number: TenantNo| {
        desk.tenants.iter().find(|tenant| tenant.number == number).map_or("", |tenant| &tenant.slug)
    };
    let show = |_| {
        let (tenant, id) = desk.requests[fastrand::usize(..desk.requests.len())];
        request(&token, &format!("GET /api/requests/{id}"), slug_of(tenant), "")
    };
    Ok((0..VARIETY).map(show).collect())
}

/// A request as it goes over the wire.
pub fn request(token: &str, line: &str, tenant: &str, body: &str) -> Vec<u8> {
    let length = match body {
        "" => String::new(),
        _ => format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()),
    };
    let head = format!("{line} HTTP/1.1\r\nhost: bench.example\r\nauthorization: Bearer {token}\r\n");
    format!("{head}x-tenant-id: {tenant}\r\n{length}\r\n{body}").into_bytes()
}

fn mixes(desk: &Desk) -> Result<[Mix; 4]> {
    let token = desk.token()?;
    let request = |line: &str, tenant: &str, body: &str| request(&token, line, tenant, body);
    let lists = desk
        .tenants
        .iter()
        .map(|tenant| request(&format!("GET /api/requests?limit={LIST_LENGTH}"), &tenant.slug, ""));
    let body = json!({ "title": TITLE, "description": DESCRIPTION }).to_string();
    let opened = desk.tenants.iter().map(|tenant| request("POST /api/requests", &tenant.slug, &body));
    let live = b"GET /healthz HTTP/1.1\r\nhost: bench.example\r\n\r\n".to_vec();
    Ok([
        Mix { name: LIVE, requests: vec![live], status: 200 },
        Mix { name: SHOW, requests: shown(desk)?, status: 200 },
        Mix { name: LIST, requests: lists.collect(), status: 200 },
        Mix { name: OPEN, requests: opened.collect(), status: 201 },
    ])
}
