//! Upkeep: the services that keep an instance in order, each run by the one loop here.
//!
//! A service is a function that does what is due now and says what it did. Tests call it; the loop
//! calls it every so often and whenever somebody rings.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::base::Result;
use crate::kernel::{Kernel, audit, events, identity, jobs, limits, replies, tenants};

type Run = for<'k> fn(&'k Kernel) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'k>>;

/// One service: its name, how often it looks, and what it does.
pub struct Service {
    pub name: &'static str,
    pub when: When,
    pub every: Duration,
    pub run: Run,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// This loop, always.
    Always,
    /// A job of the instance, where it can be seen; this loop when this process runs no jobs.
    WithoutJobs,
}

/// Everything that is kept in order.
pub const SERVICES: &[Service] = &[
    Service {
        name: "tenant eraser",
        when: When::Always,
        every: Duration::from_secs(30),
        run: |kernel| Box::pin(async move { tenants::erase_once(kernel).await.map(drop) }),
    },
    Service {
        name: "scales",
        when: When::Always,
        every: Duration::from_secs(30),
        run: |kernel| Box::pin(async move { limits::weigh_once(kernel).await.map(drop) }),
    },
    Service {
        name: "reply pruner",
        when: When::WithoutJobs,
        every: Duration::from_hours(1),
        run: |kernel| Box::pin(async move { replies::prune_once(kernel).await.map(drop) }),
    },
    Service {
        name: "audit pruner",
        when: When::WithoutJobs,
        every: Duration::from_hours(1),
        run: |kernel| Box::pin(async move { audit::prune_once(kernel).await.map(drop) }),
    },
    Service {
        name: "key notes",
        when: When::Always,
        every: Duration::from_secs(60),
        run: |kernel| Box::pin(async move { identity::note_used_keys(kernel).await.map(drop) }),
    },
    Service {
        name: "key pruner",
        when: When::WithoutJobs,
        every: Duration::from_hours(24),
        run: |kernel| Box::pin(async move { identity::prune_keys(kernel).await.map(drop) }),
    },
    Service {
        name: "session pruner",
        when: When::WithoutJobs,
        every: Duration::from_hours(24),
        run: |kernel| Box::pin(async move { identity::prune_sessions(kernel).await.map(drop) }),
    },
    Service {
        name: "job watchdog",
        when: When::Always,
        every: Duration::from_secs(5),
        run: |kernel| Box::pin(async move { jobs::watch_once(kernel).await }),
    },
    Service {
        name: "event probes",
        when: When::Always,
        every: Duration::from_secs(15),
        run: |kernel| Box::pin(async move { events::probe_once(kernel).await.map(drop) }),
    },
    Service {
        name: "event metrics",
        when: When::Always,
        every: Duration::from_secs(5),
        run: |kernel| Box::pin(async move { events::flush_metrics(kernel).await.map(drop) }),
    },
    Service {
        name: "event pruner",
        when: When::WithoutJobs,
        every: Duration::from_hours(1),
        run: |kernel| Box::pin(async move { events::prune_once(kernel).await.map(drop) }),
    },
    Service {
        name: "job pruner",
        when: When::WithoutJobs,
        every: Duration::from_hours(1),
        run: |kernel| Box::pin(async move { jobs::prune_once(kernel).await.map(drop) }),
    },
];

/// Rings every service's bell.
#[derive(Clone, Default)]
pub struct Bells(Arc<Vec<Notify>>);

impl Bells {
    /// One bell for each service.
    pub fn hang() -> Self {
        Self(Arc::new(SERVICES.iter().map(|_| Notify::new()).collect()))
    }

    /// Makes every service look at once, or as soon as it is done with what it does.
    pub fn ring(&self) {
        self.0.iter().for_each(Notify::notify_one);
    }
}

/// Runs every service until the task that awaits this is dropped.
pub async fn keep_running(kernel: Arc<Kernel>, bells: Bells) {
    let has_jobs = kernel.config.jobs.concurrency > 0;
    let all = SERVICES.iter().zip(bells.0.iter());
    let loops = all
        .filter(|(service, _)| service.when == When::Always || !has_jobs)
        .map(|(service, bell)| run_loop(service, &kernel, bell));
    futures_util::future::join_all(loops).await;
}

async fn run_loop(service: &'static Service, kernel: &Kernel, bell: &Notify) {
    loop {
        if let Err(error) = (service.run)(kernel).await {
            tracing::warn!(service = service.name, %error, "a service failed; it will try again");
        }
        // Whichever comes first: both mean to look again.
        let _ = tokio::time::timeout(service.every, bell.notified()).await;
    }
}
