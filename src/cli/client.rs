//! Speaking to the API: of the server that holds the data directory, or, when none does, of one
//! that is started for just this command. So every command has one way to do its work.
//!
//! The command line can read the signing keys, so it signs itself a token for a minute.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Clock, Error, Id, Kind, Result};
use crate::kernel::identity::{Claims, Subject, Tokens};
use crate::kernel::tenants::Tenant;
use crate::server::{self, Running, start_logging};

/// Long enough for any command, too short to be worth stealing.
const VALID_FOR: Duration = Duration::from_secs(60);

/// How long a command waits for others to be done with the directory.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Client {
    http: reqwest::Client,
    base: String,
    tokens: Tokens,
    own: Option<Running>,
}

impl Client {
    /// Reaches the instance of a directory that exists.
    pub async fn reach(config: Config) -> Result<Self> {
        let data = DataDir::existing(&config.server.data)?;
        Self::reach_in(config, data).await
    }

    /// Reaches the instance of the directory, and makes both when they are missing.
    pub async fn reach_or_make(config: Config) -> Result<Self> {
        let data = DataDir::prepare(&config.server.data)?;
        Self::reach_in(config, data).await
    }

    async fn reach_in(config: Config, data: DataDir) -> Result<Self> {
        let (base, own) = server_of(config, &data).await?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { http, base, tokens: Tokens::open(&data.keys())?, own })
    }

    /// The signing keys of this data directory.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.send(Method::DELETE, path, None).await
    }

    /// Every item of a list, page by page.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        let first = if path.contains('?') { '&' } else { '?' };
        loop {
            let reply = self.reply(Method::GET, &format!("{path}{first}limit=200{cursor}"), None).await?;
            items.extend(reply["data"].as_array().cloned().unwrap_or_default());
            match reply["meta"]["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
    }

    /// Stops the server that was started for this command.
    pub async fn done(self) {
        if let Some(running) = self.own {
            running.stop_now().await;
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        Ok(self.reply(method, path, body).await?["data"].take())
    }

    async fn reply(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let unreachable = |error: reqwest::Error| {
            Error::unavailable(format!("The server at {} does not answer; see its log.", self.base))
                .caused_by(error)
        };
        let mut request =
            self.http.request(method, format!("{}{path}", self.base)).bearer_auth(self.token()?);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let reply: Value = response.json().await.map_err(unreachable)?;
        if status.is_success() { Ok(reply) } else { Err(failure(&reply)) }
    }

    fn token(&self) -> Result<String> {
        let claims = Claims {
            realm: instance_id()?,
            subject: Subject::Operator,
            token: Id::fresh(),
            tenant: None,
            is_key: false,
            expires_at: Clock::System.now() + VALID_FOR,
        };
        self.tokens.mint(claims).map(|minted| minted.token)
    }
}

/// The reserved tenant's id, which is the same everywhere.
pub fn instance_id() -> Result<Id<Tenant>> {
    "00000000-0000-7000-8000-000000000001".parse().map_err(Error::internal)
}

/// Where the directory is served, and the server if it is this command's own. Commands that are given
/// at once take turns, and a server that starts may take a moment until it says where it is.
async fn server_of(mut config: Config, data: &DataDir) -> Result<(String, Option<Running>)> {
    config.server.listen = "127.0.0.1:0".into();
    config.server.workers = 1;
    config.jobs.concurrency = 0;
    config.log.level = "warn".into();
    start_logging(&config.log)?;
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(address) = data.holder().and_then(|holder| holder.address) {
            return Ok((base_of(&address), None));
        }
        match server::start_unannounced(config.clone(), data.clone(), Clock::System).await {
            Ok(running) => return Ok((base_of(&running.address.to_string()), Some(running))),
            Err(error) if error.kind() == Kind::InUse && Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Where to reach a server that listens at this address.
pub fn base_of(address: &str) -> String {
    match address.parse::<SocketAddr>() {
        Ok(socket) if socket.ip().is_unspecified() && socket.is_ipv4() => {
            format!("http://127.0.0.1:{}", socket.port())
        }
        Ok(socket) if socket.ip().is_unspecified() => format!("http://[::1]:{}", socket.port()),
        _ => format!("http://{address}"),
    }
}

/// A failure that the API answered, as one of ours.
pub fn failure(reply: &Value) -> Error {
    let error = &reply["error"];
    let kind = match error["code"].as_str() {
        Some("VALIDATION_FAILED" | "BAD_REQUEST") => Kind::ValidationFailed,
        Some("NOT_FOUND") => Kind::NotFound,
        Some("UNAUTHENTICATED") => Kind::Unauthenticated,
        Some("FORBIDDEN") => Kind::Forbidden,
        _ => Kind::Unavailable,
    };
    let details = error["details"].as_array().into_iter().flatten();
    let places: Vec<String> = details
        .map(|detail| {
            let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", text("path"), text("message"))
        })
        .collect();
    let message = error["message"].as_str().unwrap_or("The server answered something unexpected.");
    Error::new(kind, if places.is_empty() { message.to_owned() } else { places.join("; ") })
}
