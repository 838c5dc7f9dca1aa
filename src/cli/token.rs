//! `token`: make, narrow and read tokens; `key-rotate`: sign them with a new key.

use std::io::Read;
use std::time::Duration;

use serde_json::{Value, json};

use super::account::find_account;
use super::arguments::{Narrow, Token};
use super::client::{Client, instance_id};
use super::output::Output;
use crate::base::config::{Config, Span};
use crate::base::{Clock, Error, Id, Result, Timestamp};
use crate::kernel::identity::{self, Claims, Narrowing, Subject, Wording};

pub async fn run(config: Config, command: Token, output: &Output) -> Result<()> {
    match command {
        Token::Create { account, tenant, expires } => {
            let expires_at = from_now(&expires)?;
            let client = Client::reach(config).await?;
            let done = create(&client, &account, tenant.as_deref(), expires_at, output).await;
            client.done().await;
            done
        }
        Token::Narrow(narrow) => narrow_token(narrow, output),
        Token::Inspect { token } => inspect_token(&token, output),
    }
}

/// Makes the instance sign with a new key.
pub async fn rotate_keys(config: Config, output: &Output) -> Result<()> {
    let client = Client::reach(config).await?;
    let done = client.post("/api/signing-keys", &json!({})).await;
    client.done().await;
    let keys = done?;
    output.show(&keys, || {
        let newest = keys.as_array().and_then(|keys| keys.last()).map_or(&Value::Null, |key| &key["id"]);
        format!("New tokens are signed with key {newest}; those signed before stay valid.")
    });
    Ok(())
}

async fn create(
    client: &Client,
    account: &str,
    tenant: Option<&str>,
    expires_at: Timestamp,
    output: &Output,
) -> Result<()> {
    let account = find_account(client, account).await?;
    let tenant = match tenant {
        Some(name) => Some(client.get(&super::tenant::path(name)).await?),
        None => None,
    };
    let claims = Claims {
        realm: instance_id()?,
        subject: Subject::User(id_of(&account)?),
        token: Id::fresh(),
        tenant: tenant.as_ref().map(id_of).transpose()?,
        is_key: false,
        expires_at,
    };
    let minted = client.tokens().mint(claims)?;
    output.show(&json!({ "token": minted.token, "claims": minted.claims }), || minted.token.clone());
    Ok(())
}

fn narrow_token(narrow: Narrow, output: &Output) -> Result<()> {
    let until = narrow.expires.as_deref().map(from_now).transpose()?;
    let narrowing = Narrowing {
        operations: narrow.operations,
        resources: narrow.resources,
        methods: narrow.methods.iter().map(|method| method.to_uppercase()).collect(),
        tenant: narrow.tenant,
        until,
    };
    let token = identity::narrow(&read_token(&narrow.token)?, &narrowing)?;
    output.show(&json!({ "token": token }), || token.clone());
    Ok(())
}

fn inspect_token(token: &str, output: &Output) -> Result<()> {
    let wording = identity::inspect(&read_token(token)?)?;
    output.show(&json!(wording), || words_of(&wording));
    Ok(())
}

fn words_of(wording: &Wording) -> String {
    let mut lines = match &wording.claims {
        None => vec!["This is no token of a Steading server.".to_owned()],
        Some(claims) => vec![
            format!("It speaks for {} until {}.", claims.subject, claims.expires_at),
            match claims.tenant {
                Some(tenant) => format!("It is for the tenant {tenant} only."),
                None => "It works in every tenant where its subject has a place.".to_owned(),
            },
        ],
    };
    match &wording.checks[..] {
        [] => lines.push("It was not narrowed: it allows all that its subject may do.".to_owned()),
        checks => {
            lines.push("It was narrowed; each of these must hold:".to_owned());
            lines.extend(checks.iter().map(|check| format!("  {check}")));
        }
    }
    lines.push("Whether it is genuine, only the server that signed it can say.".to_owned());
    lines.join("\n")
}

fn from_now(text: &str) -> Result<Timestamp> {
    let span: Span = text.parse().map_err(|advice: &str| Error::invalid("expires", advice))?;
    Ok(Clock::System.now() + Duration::from(span))
}

/// The token itself, or with `-` what stands on standard input, so that no other process sees it.
fn read_token(given: &str) -> Result<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    std::io::read_to_string(std::io::stdin().take(64 * 1024))
        .map_err(|error| Error::invalid("token", "can't be read from standard input").caused_by(error))
}

fn id_of<T>(value: &Value) -> Result<Id<T>> {
    value["id"].as_str().unwrap_or_default().parse().map_err(Error::internal)
}
