//! `healthcheck`: one question to the server that runs here, for Docker and for scripts.

use std::time::Duration;

use serde_json::json;

use super::arguments::Healthcheck;
use super::client::{base_of, failure};
use super::output::Output;
use crate::base::config::Config;
use crate::base::data_dir::DataDir;
use crate::base::{Error, Result};

pub async fn healthcheck(config: Config, arguments: Healthcheck, output: &Output) -> Result<()> {
    let holder = DataDir::at(&config.server.data).holder();
    let url = arguments.url.unwrap_or_else(|| {
        base_of(&holder.and_then(|holder| holder.address).unwrap_or(config.server.listen))
    });
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()
        .map_err(Error::internal)?;
    let down =
        |error: reqwest::Error| Error::unavailable(format!("Nothing answers at {url}.")).caused_by(error);
    let response = client.get(format!("{}/readyz", url.trim_end_matches('/'))).send().await.map_err(down)?;
    let ready = response.status().is_success();
    let reply: serde_json::Value = response.json().await.map_err(down)?;
    if !ready {
        return Err(failure(&reply));
    }
    output.show(&json!({ "ready": true, "url": url }), || "ready".into());
    Ok(())
}
