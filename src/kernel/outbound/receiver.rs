//! A line to one receiver that the operator's configuration names. It may be on this machine or in its
//! network: who writes the configuration may reach it anyway. It leads to that host and port alone,
//! whatever is asked of it, and no tenant can put anything on it.

use std::sync::Mutex;
use std::time::Duration;

use url::{Origin, Url};

use super::call::{Answer, Call, parse_url};
use super::exchange::Exchange;
use super::failure::Failure;
use super::{HttpClient, Outbound, make_client};
use crate::base::config::Destination;

/// What is read of an answer.
const LARGEST_ANSWER: usize = 64 * 1024;

pub struct Receiver {
    client: HttpClient,
    origin: Origin,
    timeout: Duration,
}

impl Outbound {
    /// A line to where this URL leads, over which a call may take so long.
    pub fn receiver(&self, url: &Url, timeout: Duration) -> Receiver {
        let connector = self.connector.with_exceptions(Destination::of(url).into_iter().collect());
        // It is called now and then, so that what is kept open would mostly have been closed meanwhile.
        let client = make_client(connector, &self.own_authorities, 0);
        Receiver { client, origin: url.origin(), timeout }
    }
}

impl Receiver {
    pub async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        if parse_url(&call.url)?.origin() != self.origin {
            return Err(Failure::BadUrl("it is not the receiver that the configuration names"));
        }
        let exchange = Exchange {
            client: &self.client,
            call,
            // What tells of traces is in none.
            traceparent: None,
            patience: call.timeout.map_or(self.timeout, |own| own.min(self.timeout)),
            limit: LARGEST_ANSWER,
            connection: Mutex::default(),
        };
        exchange.run().await
    }
}
