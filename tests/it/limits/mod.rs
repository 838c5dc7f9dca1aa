//! Limits: how often one may ask, and how much a tenant may store and make in a day.

mod daily;
mod proxies;
mod rates;
mod reload;
mod storage;
mod streams;

use crate::support::{Caller, Reply};

/// Asks over and over until it is refused, and says how often it was not.
async fn ask_until_refused(caller: &Caller, path: &str, most: usize) -> (usize, Reply) {
    for granted in 0..most {
        let reply = caller.get(path).await;
        if reply.status == 429 {
            return (granted, reply);
        }
    }
    panic!("{path} was granted {most} times");
}
