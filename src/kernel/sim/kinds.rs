//! What there is to do in the simulation: a kind of job and a handler of events whose every step is
//! told from outside.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::rows::{Key, Lane};
use crate::base::{Error, Result};
use crate::kernel::Hand;
use crate::kernel::events::{Event, Handle, HandlerInfo, NewEvent, publish_all};
use crate::kernel::jobs::{Backoff, Ctx, KindInfo, Named, Outcome, Work, enqueue_named};

pub(super) const BACKOFF: Backoff =
    Backoff::Exponential { first: Duration::from_secs(10), most: Duration::from_secs(60) };

pub(super) const CHORE: &str = "sim.chore";

/// Lines of schedules, and how many minutes lie between their times.
pub(super) const LINES: [(&str, i64); 4] =
    [("*/5 * * * *", 5), ("*/20 * * * *", 20), ("0 * * * *", 60), ("0 0 * * *", 1_440)];

pub(super) fn minutes_of(cron: &str) -> i64 {
    LINES.iter().find(|(line, _)| *line == cron).map_or(1, |(_, minutes)| *minutes)
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Chore {
    n: Option<i64>,
}

pub(super) struct Listen;

/// What a handler does next.
#[derive(Debug)]
pub(super) enum Order {
    Enqueue(Named),
    Publish(NewEvent),
    Progress(u32),
    End(Outcome),
    Fail,
    Panic,
}

/// A handler that has begun.
#[derive(Debug)]
pub(super) struct Begun {
    pub job: Key,
    pub lease: i64,
    pub lane: Lane,
    orders: UnboundedSender<Order>,
}

impl Begun {
    pub(super) fn tell(&self, order: Order) {
        // It may have been given up.
        let _ = self.orders.send(order);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.orders.is_closed()
    }
}

thread_local! {
    static BEGUN: RefCell<Vec<Begun>> = const { RefCell::new(Vec::new()) };
}

/// Those that began since this was last asked.
pub(super) fn take_begun() -> Vec<Begun> {
    BEGUN.take()
}

async fn attend(ctx: Ctx) -> Result<Outcome> {
    let (orders, mut told) = unbounded_channel();
    let (job, lease) = (ctx.job.uuid().as_u128(), ctx.lease());
    let lane = (ctx.who.tenant.number.get(), String::new());
    BEGUN.with_borrow_mut(|begun| begun.push(Begun { job, lease, lane, orders }));
    loop {
        let who = ctx.who.clone();
        match told.recv().await {
            Some(Order::Enqueue(named)) => {
                let all = vec![named];
                // Whatever comes of it: how the handler ends is another order.
                let _ = ctx.write(move |tx| enqueue_named(tx, &Hand::of_server(who.clone()), &all)).await;
            }
            Some(Order::Publish(new)) => {
                let all = vec![new];
                let _ = ctx.write(move |tx| publish_all(tx, &who, &all)).await;
            }
            Some(Order::Progress(percent)) => drop(ctx.progress(percent, "on its way").await),
            Some(Order::End(outcome)) => return Ok(outcome),
            Some(Order::Fail) => return Err(Error::conflict("it fails")),
            Some(Order::Panic) => resume_unwind(Box::new("it panics without a word in the log")),
            None => return std::future::pending().await,
        }
    }
}

impl Work for Chore {
    const KIND: KindInfo = KindInfo {
        backoff: BACKOFF,
        time_limit: Duration::from_secs(90),
        ..KindInfo::new(CHORE, "Does what it is told")
    };

    async fn run(self, ctx: Ctx) -> Result<Outcome> {
        attend(ctx).await
    }
}

impl Handle for Listen {
    const HANDLER: HandlerInfo = HandlerInfo {
        backoff: BACKOFF,
        time_limit: Duration::from_secs(90),
        ..HandlerInfo::new("sim.listen", "order.*", "Does what it is told")
    };

    async fn handle(_: Event, ctx: Ctx) -> Result<Outcome> {
        attend(ctx).await
    }
}
