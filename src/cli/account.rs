//! `account`: make and list the accounts of the instance.

use serde_json::{Value, json};

use super::arguments::Account;
use super::client::Client;
use super::output::{Output, table};
use crate::base::config::Config;
use crate::base::{Error, Kind, Result};

pub async fn run(config: Config, command: Account, output: &Output) -> Result<()> {
    let client = match command {
        Account::Create { .. } => Client::reach_or_make(config).await?,
        Account::List => Client::reach(config).await?,
    };
    let done = run_with(&client, command, output).await;
    client.done().await;
    done
}

async fn run_with(client: &Client, command: Account, output: &Output) -> Result<()> {
    match command {
        Account::Create { email, name, owner } => {
            let body = json!({ "email": email, "name": name, "owner": owner });
            let made = client.post("/api/accounts", &body).await?;
            output.show(&made, || {
                let role = if owner { ", which owns this instance" } else { "" };
                format!("Made the account {email}{role}.")
            });
        }
        Account::List => {
            let accounts = client.list("/api/accounts").await?;
            output.show(&json!(accounts), || {
                let cell =
                    |account: &Value, field: &str| account[field].as_str().unwrap_or_default().to_owned();
                let rows: Vec<Vec<String>> = accounts
                    .iter()
                    .map(|account| ["email", "name", "state", "id"].map(|field| cell(account, field)).into())
                    .collect();
                table(&["email", "name", "state", "id"], &rows)
            });
        }
    }
    Ok(())
}

/// The account with this e-mail address.
pub async fn find_account(client: &Client, email: &str) -> Result<Value> {
    let asked: String = form_urlencoded::byte_serialize(email.as_bytes()).collect();
    let mut found = client.get(&format!("/api/accounts?email={asked}")).await?;
    match found.get_mut(0) {
        Some(account) => Ok(account.take()),
        None => Err(Error::new(
            Kind::NotFound,
            format!("There is no account {email}; `steading account list` shows those there are."),
        )),
    }
}
