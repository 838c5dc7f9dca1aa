//! `tenant`: make, list, show, rename, suspend, resume, delete.

use std::time::Duration;

use serde_json::{Value, json};

use super::account::find_account;
use super::arguments::Tenant;
use super::client::Client;
use super::output::{Output, table};
use crate::base::config::Config;
use crate::base::{Error, Kind, Result};

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

pub async fn run(config: Config, command: Tenant, output: &Output) -> Result<()> {
    if let Tenant::Delete { tenant, yes: false } = &command {
        return Err(Error::new(
            Kind::BadRequest,
            format!("This deletes {tenant} with all that it has, for ever; say --yes to do it."),
        ));
    }
    let client = Client::reach(config).await?;
    let done = run_with(&client, command, output).await;
    client.done().await;
    done
}

async fn run_with(client: &Client, command: Tenant, output: &Output) -> Result<()> {
    match command {
        Tenant::Create { slug, name, owner, hosts } => {
            let owner = owner_of(client, owner).await?;
            let name = name.unwrap_or_else(|| slug.clone());
            let body = json!({ "slug": slug, "name": name, "hosts": hosts, "owner": owner["id"] });
            let made = client.post("/api/tenants", &body).await?;
            output.show(&made, || {
                format!("Made {slug} ({}), owned by {}.", text(&made["id"]), text(&owner["email"]))
            });
        }
        Tenant::List => {
            let tenants = client.list("/api/tenants").await?;
            output.show(&json!(tenants), || {
                let rows: Vec<Vec<String>> = tenants.iter().map(row).collect();
                table(&["slug", "name", "state", "id", "hosts"], &rows)
            });
        }
        Tenant::Show { tenant } => {
            let tenant = client.get(&path(&tenant)).await?;
            output.show(&tenant, || table(&["slug", "name", "state", "id", "hosts"], &[row(&tenant)]));
        }
        Tenant::Rename { tenant, slug, name, hosts } => {
            let mut change = json!({ "slug": slug, "name": name });
            if !hosts.is_empty() {
                change["hosts"] = json!(hosts);
            }
            let changed = client.patch(&path(&tenant), &change).await?;
            output.show(&changed, || {
                format!("{} is now {} ({}).", tenant, text(&changed["slug"]), text(&changed["name"]))
            });
        }
        Tenant::Suspend { tenant } => {
            let changed = client.post(&format!("{}/suspend", path(&tenant)), &json!({})).await?;
            output.show(&changed, || format!("{tenant} is suspended; nothing of it is lost."));
        }
        Tenant::Resume { tenant } => {
            let changed = client.post(&format!("{}/resume", path(&tenant)), &json!({})).await?;
            output.show(&changed, || format!("{tenant} is active again."));
        }
        Tenant::Delete { tenant, .. } => {
            let deleted = client.delete(&path(&tenant)).await?;
            erased(client, &text(&deleted["id"])).await?;
            output.show(&deleted, || format!("{tenant} is deleted with all that it had."));
        }
    }
    Ok(())
}

/// Waits until the last row of a deleted tenant is gone. Stopped before, the eraser goes on with it
/// at the next start.
async fn erased(client: &Client, id: &str) -> Result<()> {
    while client.list("/api/tenants?state=deleting").await?.iter().any(|tenant| tenant["id"] == id) {
        actix_web::rt::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(())
}

/// The named account, or the instance's owner when it has just one.
async fn owner_of(client: &Client, email: Option<String>) -> Result<Value> {
    if let Some(email) = email {
        return find_account(client, &email).await;
    }
    match &client.list("/api/accounts").await?[..] {
        [only] => Ok(only.clone()),
        [] => Err(Error::invalid(
            "owner",
            "there is no account yet; `steading account create --owner` makes one",
        )),
        _ => Err(Error::invalid("owner", "there are several accounts; name one with --owner EMAIL")),
    }
}

pub fn path(tenant: &str) -> String {
    let name: String = form_urlencoded::byte_serialize(tenant.as_bytes()).collect();
    format!("/api/tenants/{name}")
}

fn row(tenant: &Value) -> Vec<String> {
    let hosts: Vec<&str> =
        tenant["hosts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut cells: Vec<String> = ["slug", "name", "state", "id"].map(|field| text(&tenant[field])).into();
    cells.push(hosts.join(" "));
    cells
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
