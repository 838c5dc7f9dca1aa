//! Speaking to a running server, here or elsewhere, with a token that somebody holds.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::arguments::Remote as Arguments;
use super::client::{base_of, failure};
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Error, Kind, Result};

/// Longer than a reply that goes on is ever quiet.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Remote {
    http: reqwest::Client,
    base: String,
    token: String,
    tenant: Option<String>,
}

impl Remote {
    /// The server that is named, else the one that holds the data directory.
    pub fn reach(config: &Config, arguments: Arguments) -> Result<Self> {
        let base = match arguments.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => {
                let holder = DataDir::at(&config.server.data).holder();
                base_of(
                    &holder.and_then(|holder| holder.address).unwrap_or_else(|| config.server.listen.clone()),
                )
            }
        };
        let token = arguments.token.ok_or_else(|| {
            Error::new(
                Kind::ValidationFailed,
                "Give a token with --token or STEADING_TOKEN; `steading token create` makes one.",
            )
        })?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(PATIENCE)
            .read_timeout(PATIENCE)
            .build()
            .map_err(Error::internal)?;
        Ok(Self { http, base, token, tenant: arguments.tenant })
    }

    /// The whole reply: `data` and `meta`.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.request(method, path).timeout(PATIENCE);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.is_silent().caused_by(error))?;
        let is_success = response.status().is_success();
        let reply: Value = response.json().await.map_err(|error| self.is_silent().caused_by(error))?;
        if is_success { Ok(reply) } else { Err(failure(&reply)) }
    }

    /// A reply that goes on.
    pub async fn follow(&self, path: &str) -> Result<Response> {
        let response = self
            .request(Method::GET, path)
            .send()
            .await
            .map_err(|error| self.is_silent().caused_by(error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(failure(&response.json().await.map_err(|error| self.is_silent().caused_by(error))?))
    }

    fn is_silent(&self) -> Error {
        Error::unavailable(format!("Nothing answers at {}; is the server running there?", self.base))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        match &self.tenant {
            Some(tenant) => request.header("x-tenant-id", tenant),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(self.ask(Method::GET, path, None).await?["data"].take())
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        Ok(self.ask(Method::POST, path, Some(body)).await?["data"].take())
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        Ok(self.ask(Method::PATCH, path, Some(body)).await?["data"].take())
    }

    pub async fn delete(&self, path: &str) -> Result<Value> {
        Ok(self.ask(Method::DELETE, path, None).await?["data"].take())
    }
}

/// What follows the `?` in an address, of what was given.
pub fn query(asked: &[(&str, Option<String>)]) -> String {
    let given = asked.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
}

/// What stands for one part of a path.
pub fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
