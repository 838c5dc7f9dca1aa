//! A store elsewhere that speaks the protocol of S3: each backup goes there too, since a backup on the same disk helps
//! against a mistake and not against the loss of the disk.
//!
//! It is called through the guarded client, with the configured address as the only exception, in pieces of a few
//! megabytes, so neither direction needs memory for a whole backup.

mod object;
mod sign;

use std::time::Duration;

use url::{Position, Url};

use crate::base::config::{self, Backup as Settings, Span};
use crate::base::db::TenantNo;
use crate::base::{Clock, Error, Kind, Result};
use crate::kernel::outbound::{Answer, Call, Method, Outbound};
use sign::{Asked, Signer, encoded, query_of};

/// What one call may take, with some megabytes in it.
const PATIENCE: Duration = Duration::from_mins(5);

/// What is read of an answer at most.
const LARGEST_ANSWER: u64 = 16 << 20;

/// Tries of one call, and how long to wait after the first failure; four times as long after each further.
const TRIES: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(500);

pub(in crate::kernel) use object::texts;

pub struct Store {
    settings: Settings,
    endpoint: Url,
    outbound: Outbound,
    clock: Clock,
}

impl Store {
    /// The configured store; nothing when there is none.
    pub fn open(config: &config::Config, clock: Clock) -> Result<Option<Self>> {
        let settings = &config.backup;
        if settings.s3_endpoint.is_empty() {
            return Ok(None);
        }
        let wrong = |why: &str| {
            Error::new(Kind::ValidationFailed, format!("backup.s3_endpoint in the configuration {why}."))
        };
        let endpoint: Url = settings
            .s3_endpoint
            .parse()
            .map_err(|_| wrong("is no address such as https://s3.example.org"))?;
        let (host, port) = endpoint
            .host_str()
            .zip(endpoint.port_or_known_default())
            .ok_or_else(|| wrong("names no host"))?;
        let destination = format!("{host}:{port}").parse().map_err(wrong)?;
        if settings.s3_bucket.is_empty()
            || settings.s3_access_key.is_empty()
            || settings.s3_secret_key.is_empty()
        {
            return Err(Error::new(
                Kind::ValidationFailed,
                "With backup.s3_endpoint, backup.s3_bucket, s3_access_key and s3_secret_key must be set too.",
            ));
        }
        let outbound = Outbound::open(&config::Outbound {
            allow: vec![destination],
            connect_timeout: config.outbound.connect_timeout,
            timeout: Span::of(PATIENCE),
            max_body: bytesize::ByteSize(LARGEST_ANSWER),
            max_calls: 4,
            max_calls_per_tenant: 4,
            ca_file: config.outbound.ca_file.clone(),
        })?;
        Ok(Some(Self { settings: settings.clone(), endpoint, outbound, clock }))
    }

    /// Asks the store for something, a few times when it does not answer or is busy. An answer that is no success is
    /// an error.
    async fn ask(
        &self,
        method: Method,
        name: &str,
        query: &[(&str, &str)],
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let failure = match self.ask_once(&method, name, query, body, headers).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) if answer.status < 500 && answer.status != 429 => return Err(refused(&answer)),
                Ok(answer) => refused(&answer),
                Err(error) => error,
            };
            if attempt == TRIES {
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
            wait *= 4;
        }
        unreachable!("the last try returns")
    }

    async fn ask_once(
        &self,
        method: &Method,
        name: &str,
        query: &[(&str, &str)],
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let settings = &self.settings;
        let base = self.endpoint.path().trim_end_matches('/');
        let path = match name {
            "" => format!("{base}/{}", encoded(&settings.s3_bucket, false)),
            name => format!(
                "{base}/{}/{}",
                encoded(&settings.s3_bucket, false),
                encoded(&self.key_of(name), true)
            ),
        };
        let host = &self.endpoint[Position::BeforeHost..Position::AfterPort];
        let signer = Signer {
            access_key: &settings.s3_access_key,
            secret_key: &settings.s3_secret_key,
            region: &settings.s3_region,
        };
        let asked = Asked { method: method.as_str(), host, path: &path, query, body };
        let signed = signer.headers(&asked, self.clock.now())?;
        let mut url = format!("{}://{host}{path}", self.endpoint.scheme());
        if !query.is_empty() {
            url = format!("{url}?{}", query_of(query));
        }
        let mut call = Call { body: body.to_vec(), ..Call::new(method.clone(), url) };
        let signed = signed.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in signed.chain(headers.iter().copied()) {
            call = call.with_header(name, value);
        }
        self.outbound.send(TenantNo::INSTANCE, call).await.map_err(|failure| {
            Error::unavailable(format!("The store of backups at {host} can't be reached: {failure}."))
        })
    }

    fn key_of(&self, name: &str) -> String {
        format!("{}{name}", self.settings.s3_prefix)
    }
}

/// What a store says when it refuses, in its own words.
fn refused(answer: &Answer) -> Error {
    let text = String::from_utf8_lossy(&answer.body);
    let said =
        ["Code", "Message"].map(|tag| object::texts(&text, tag).into_iter().next().unwrap_or_default());
    let message = format!("The store of backups answered {} {} {}", answer.status, said[0], said[1]);
    Error::new(Kind::Unavailable, message.trim_end().to_owned())
}
