//! Calls to others: where they may go, what they carry, and how much of an answer is read.

mod answers;
mod refusals;
mod trust;
mod turns;

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use steading::base::config::{self, Outbound as Settings};
use steading::base::db::TenantNo;
use steading::kernel::outbound::{Answer, Call, Failure, Looking, Lookup, Outbound};

/// The defaults, with these exceptions.
pub fn settings(allow: &[&str]) -> Settings {
    let mut settings = config::load(None, []).expect("the defaults load").outbound;
    settings.allow = allow.iter().map(|text| text.parse().expect("a destination")).collect();
    settings.ca_file = crate::support::authority();
    settings
}

pub fn outbound(allow: &[&str]) -> Outbound {
    Outbound::open(&settings(allow)).expect("a client")
}

async fn get(outbound: &Outbound, url: &str) -> Result<Answer, Failure> {
    send(outbound, Call::get(url)).await
}

/// A call of some tenant.
async fn send(outbound: &Outbound, call: Call) -> Result<Answer, Failure> {
    outbound.send(TenantNo::INSTANCE, call).await
}

/// Names that lead where tests say: to the first list, then to the next, and to the last for ever.
#[derive(Default)]
pub struct Names(Mutex<HashMap<String, Vec<Vec<IpAddr>>>>);

impl Names {
    pub fn of(names: &[(&str, &[&str])]) -> Arc<Self> {
        let parse =
            |list: &&str| list.split(' ').map(|address| address.parse().expect("an address")).collect();
        let lists = names.iter().map(|(name, lists)| ((*name).to_owned(), lists.iter().map(parse).collect()));
        Arc::new(Self(Mutex::new(lists.collect())))
    }
}

impl Lookup for Names {
    fn look_up<'l>(&'l self, host: &'l str) -> Looking<'l> {
        Box::pin(async move {
            let mut names = self.0.lock().expect("nobody panicked with it");
            let lists = names.get_mut(host).ok_or_else(|| io::Error::other("no such name"))?;
            Ok(if lists.len() > 1 { lists.remove(0) } else { lists[0].clone() })
        })
    }
}
