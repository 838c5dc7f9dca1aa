//! Getting an issuer's keys, through the guarded client.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::keys::{Key, read_keys};
use super::model::Issuer;
use crate::base::db::TenantNo;
use crate::kernel::outbound::{Answer, Call, Outbound};

/// What is read of an issuer's description, or of its keys.
const LARGEST: usize = 128 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// How long keys are used that do not say how long they may be, at least and at most.
const USUAL: Duration = Duration::from_hours(1);
const SHORTEST: Duration = Duration::from_mins(10);
const LONGEST: Duration = Duration::from_hours(24);

/// Whose keys they are, who trusts him, and where to get them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    tenant: TenantNo,
    issuer: String,
    jwks_url: Option<String>,
}

impl Source {
    pub(super) fn of(tenant: TenantNo, issuer: &Issuer) -> Self {
        Self { tenant, issuer: issuer.issuer.clone(), jwks_url: issuer.jwks_url.clone() }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The keys, and how long they are good; or what is wrong, for who looks after the issuer.
    pub(super) async fn fetch(&self, outbound: &Outbound) -> Result<(Vec<Key>, Duration), String> {
        let url = match &self.jwks_url {
            Some(url) => url.clone(),
            None => self.discover(outbound).await?,
        };
        let answer = self.get(outbound, &url).await?;
        let keys = read_keys(&answer.body).map_err(|why| format!("At {url}, {why}."))?;
        Ok((keys, lifetime(&answer)))
    }

    async fn discover(&self, outbound: &Outbound) -> Result<String, String> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let description: Description = parse(&url, &self.get(outbound, &url).await?)?;
        if description.issuer != self.issuer {
            return Err(format!("{url} describes another issuer; write its name to the letter."));
        }
        match description.jwks_uri.starts_with("https://") {
            true => Ok(description.jwks_uri),
            false => Err(format!("{url} gives an address for keys that is not https.")),
        }
    }

    async fn get(&self, outbound: &Outbound, url: &str) -> Result<Answer, String> {
        let call = Call { limit: Some(LARGEST), timeout: Some(PATIENCE), ..Call::get(url) };
        let answer = outbound.send(self.tenant, call.with_header("accept", "application/json")).await;
        let answer = answer.map_err(|failure| format!("{url} can't be read. {failure}"))?;
        match answer.status {
            200 if answer.is_cut => Err(format!("{url} answers more than 128 KB.")),
            200 => Ok(answer),
            status => Err(format!("{url} answers with status {status}.")),
        }
    }
}

#[derive(Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
}

fn parse<T: DeserializeOwned>(url: &str, answer: &Answer) -> Result<T, String> {
    serde_json::from_slice(&answer.body).map_err(|_| format!("{url} does not answer as an issuer does."))
}

/// What the answer says in `Cache-Control`, within reason.
fn lifetime(answer: &Answer) -> Duration {
    let directives = answer.header("cache-control").unwrap_or_default().split(',').map(str::trim);
    let given = directives.filter_map(|directive| match directive.split_once('=') {
        Some((name, seconds)) if name.eq_ignore_ascii_case("max-age") => {
            seconds.trim_matches('"').parse().ok()
        }
        None if ["no-cache", "no-store"].iter().any(|known| directive.eq_ignore_ascii_case(known)) => Some(0),
        _ => None,
    });
    given.min().map_or(USUAL, Duration::from_secs).clamp(SHORTEST, LONGEST)
}
