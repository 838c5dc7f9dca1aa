//! `token`: make a token for an account.

use std::time::Duration;

use serde_json::{Value, json};

use super::account::find_account;
use super::arguments::Token;
use super::client::{Client, instance_id};
use super::output::Output;
use crate::base::config::{Config, Span};
use crate::base::{Clock, Error, Id, Result};
use crate::kernel::identity::{Claims, Subject};

pub async fn run(config: Config, command: Token, output: &Output) -> Result<()> {
    let client = Client::reach(config).await?;
    let done = run_with(&client, command, output).await;
    client.done().await;
    done
}

async fn run_with(client: &Client, command: Token, output: &Output) -> Result<()> {
    let Token::Create { account, tenant, expires } = command;
    let span: Span = expires.parse().map_err(|advice: &str| Error::invalid("expires", advice))?;
    let account = find_account(client, &account).await?;
    let tenant = match tenant {
        Some(name) => Some(client.get(&format!("/api/tenants/{name}")).await?),
        None => None,
    };
    let claims = Claims {
        realm: instance_id()?,
        subject: Subject::User(id_of(&account)?),
        token: Id::fresh(),
        tenant: tenant.as_ref().map(id_of).transpose()?,
        expires_at: Clock::System.now() + Duration::from(span),
    };
    let minted = client.identity().mint(claims)?;
    output.show(&json!({ "token": minted.token, "claims": minted.claims }), || minted.token.clone());
    Ok(())
}

fn id_of<T>(value: &Value) -> Result<Id<T>> {
    value["id"].as_str().unwrap_or_default().parse().map_err(Error::internal)
}
