//! What every handler has at hand: the kernel, and writes whose reply survives a repeat.

use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use tokio::sync::{Semaphore, watch};

use super::address::Trust;
use super::bodies::Bodies;
use super::failure::Stop;
use super::limits::MOST_HELD_BACK;
use super::reply::{IntoReply, Reply};
use super::route::Table;
use super::traffic::Traffic;
use super::unread::Unread;
use super::who::Caller;
use crate::base::Result;
use crate::base::config::Config;
use crate::base::db::Write;
use crate::base::figures::Page;
use crate::kernel::figures::write_figures;
use crate::kernel::identity::PermissionInfo;
use crate::kernel::replies::{self, KeptReply};
use crate::kernel::{Kernel, upkeep};

/// One instance as the request path sees it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    kernel: Arc<Kernel>,
    table: Table,
    /// Made when it is first asked for: that takes several megabytes, of which the system gets none back.
    document: OnceLock<String>,
    upkeep: upkeep::Bells,
    closing: watch::Sender<bool>,
    trust: RwLock<Arc<Trust>>,
    traffic: Traffic,
    held_back: Semaphore,
    bodies: Bodies,
    unread: Unread,
}

impl Deref for App {
    type Target = Kernel;

    fn deref(&self) -> &Kernel {
        &self.0.kernel
    }
}

enum Written<T> {
    Fresh(T),
    Kept(KeptReply),
}

impl App {
    pub fn new(kernel: Arc<Kernel>, table: Table, upkeep: upkeep::Bells) -> Self {
        let closing = watch::Sender::new(false);
        let trust = RwLock::new(Arc::new(Trust::of(&kernel.config.server)));
        let traffic = Traffic::over(table.routes());
        let held_back = Semaphore::new(MOST_HELD_BACK);
        let bodies = Bodies::of(&kernel.config.server);
        let unread = Unread::of(&kernel.config.server);
        Self(Arc::new(Parts {
            kernel,
            table,
            document: OnceLock::new(),
            upkeep,
            closing,
            trust,
            traffic,
            held_back,
            bodies,
            unread,
        }))
    }

    pub fn kernel(&self) -> &Arc<Kernel> {
        &self.0.kernel
    }

    pub(super) fn table(&self) -> &Table {
        &self.0.table
    }

    /// Every permission that a feature knows.
    pub fn permissions(&self) -> &[PermissionInfo] {
        self.0.table.permissions()
    }

    /// The OpenAPI document of this binary.
    pub fn document(&self) -> &str {
        self.0.document.get_or_init(|| super::openapi::document(self.0.table.routes()).to_string())
    }

    pub(super) fn held_back(&self) -> &Semaphore {
        &self.0.held_back
    }

    pub(super) fn bodies(&self) -> &Bodies {
        &self.0.bodies
    }

    /// What nobody has taken yet of what was answered.
    pub fn unread(&self) -> &Unread {
        &self.0.unread
    }

    pub(super) fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// Every figure of this instance.
    pub async fn figures(&self) -> Result<Page> {
        let mut page = Page::default();
        self.0.traffic.write(&mut page);
        let bodies = self.0.bodies.taken() as f64;
        page.gauge("steading_http_body_bytes", "Memory that large bodies of requests take.", bodies);
        let (unread, cut_off) = self.0.unread.figures();
        page.gauge(
            "steading_http_unread_bytes",
            "Memory that replies take which nobody takes.",
            unread as f64,
        );
        page.counter(
            "steading_http_unread_cut_off_total",
            "Connections that were cut off as they took too little of their replies.",
            cut_off as f64,
        );
        write_figures(self, &mut page).await?;
        Ok(page)
    }

    pub(super) fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.0.trust.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether this is the address of a proxy that is trusted.
    pub fn trusts(&self, address: std::net::IpAddr) -> bool {
        self.trust().includes(address.to_canonical())
    }

    /// Takes over what of the configuration can change while this runs: the limits, and which proxies are trusted.
    pub fn reload(&self, config: &Config) {
        self.limits.reload(&config.limits);
        let trust = Arc::new(Trust::of(&config.server));
        *self.0.trust.write().unwrap_or_else(PoisonError::into_inner) = trust;
    }

    /// Makes the upkeep services look for work at once.
    pub fn ring_upkeep(&self) {
        self.0.upkeep.ring();
    }

    /// Tells requests that wait, and replies that go on, that the server stops.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// Returns when the server stops.
    pub async fn closing(&self) {
        let mut closing = self.0.closing.subscribe();
        // The sender lives as long as this app does.
        let _ = closing.wait_for(|is_closing| *is_closing).await;
    }

    /// One transaction in the caller's tenant. When the request has an `Idempotency-Key`, the reply
    /// is kept in the same transaction, and a repeat gets it without anything being done again.
    pub async fn write<T, F>(&self, caller: &Caller, mut write: F) -> Reply<T>
    where
        T: IntoReply + Send + 'static,
        F: FnMut(&Write<'_>) -> Result<T> + Send + 'static,
    {
        let (kernel, tenant, makes_new) =
            (Arc::clone(self.kernel()), Arc::clone(&caller.tenant), caller.makes_new);
        let mut write = move |tx: &Write<'_>| -> Result<T> {
            let reply = write(tx)?;
            // What is answered with 200 moved or ended something, which a full tenant may do.
            if makes_new && reply.status() != 200 {
                kernel.limits.must_have_space(&tenant)?;
            }
            Ok(reply)
        };
        let Some(key) = caller.reply_key.clone() else {
            return Ok(self.db.write(&caller.who, write).await?);
        };
        let now = self.clock.now();
        let written = self
            .db
            .write(&caller.who, move |tx| {
                if let Some(kept) = replies::find_reply(tx, &key, now)? {
                    return Ok(Written::Kept(kept));
                }
                let reply = write(tx)?;
                replies::keep_reply(tx, &key, reply.status(), &reply.data()?, now)?;
                Ok(Written::Fresh(reply))
            })
            .await?;
        match written {
            Written::Fresh(reply) => Ok(reply),
            Written::Kept(kept) => Err(Stop::Repeat(kept)),
        }
    }
}
