//! `setup-link`: a new link for the first run.

use serde_json::json;

use super::client::Client;
use super::output::Output;
use crate::base::Result;
use crate::base::config::Config;

pub async fn setup_link(config: Config, output: &Output) -> Result<()> {
    let url = match config.server.public_url.trim_end_matches('/') {
        "" => format!("http://{}", config.server.listen),
        url => url.to_owned(),
    };
    let client = Client::reach(config).await?;
    let made = client.post("/api/setup-codes", &json!({})).await;
    client.done().await;
    let made = made?;
    let link = format!("{url}{}", made["path"].as_str().unwrap_or_default());
    let value = json!({ "link": link, "code": made["code"], "expiresAt": made["expiresAt"] });
    output.show(&value, || link.clone());
    Ok(())
}
