//! The door: who answers requests. It is shut while the data is exchanged, and another instance is behind it when it
//! opens again; those who listen on the network notice nothing of that.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use tokio::sync::Notify;

use super::app::App;
use super::assets;
use super::failure::body_of;
use super::front;
use super::trace::Trace;
use crate::base::Error;

/// When those who were turned away may ask again: an exchange takes a second or two.
const AGAIN_AFTER: &str = "2";

/// Cheap to clone.
#[derive(Clone)]
pub struct Door(Arc<Parts>);

struct Parts {
    app: RwLock<App>,
    is_shut: AtomicBool,
    /// Requests that are being answered.
    inside: AtomicUsize,
    left: Notify,
}

/// Somebody who is in.
struct Visit<'d>(&'d Parts);

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
        self.0.left.notify_waiters();
    }
}

impl Door {
    pub fn to(app: App) -> Self {
        let (app, is_shut) = (RwLock::new(app), AtomicBool::new(false));
        Self(Arc::new(Parts { app, is_shut, inside: AtomicUsize::new(0), left: Notify::new() }))
    }

    /// The instance behind it.
    pub fn app(&self) -> App {
        self.0.app.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers one request.
    pub async fn answer(&self, request: HttpRequest, payload: Payload) -> HttpResponse {
        self.0.inside.fetch_add(1, Ordering::SeqCst);
        let _visit = Visit(&self.0);
        let app = self.app();
        match self.0.is_shut.load(Ordering::SeqCst) {
            false => front::answer(request, payload, app).await,
            true => answer_shut(&request, &app),
        }
    }

    /// Lets nobody in any more, and returns when those who are in have their answers, or after so long.
    pub async fn shut(&self, patience: Duration) {
        self.0.is_shut.store(true, Ordering::SeqCst);
        self.app().close();
        let everybody_left = async {
            loop {
                let left = self.0.left.notified();
                tokio::pin!(left);
                // From here on no leaving is missed.
                left.as_mut().enable();
                if self.0.inside.load(Ordering::SeqCst) == 0 {
                    return;
                }
                left.await;
            }
        };
        if tokio::time::timeout(patience, everybody_left).await.is_err() {
            tracing::warn!("some requests took too long to be waited for; what they would write is refused");
        }
    }

    /// Opens again, with this instance behind it.
    pub fn open(&self, app: App) {
        *self.0.app.write().unwrap_or_else(PoisonError::into_inner) = app;
        self.0.is_shut.store(false, Ordering::SeqCst);
    }
}

/// The process lives and the dashboard can be loaded; all else has to wait.
fn answer_shut(request: &HttpRequest, app: &App) -> HttpResponse {
    let trace = Trace::of(request);
    let mut response = match request.path() {
        "/healthz" => HttpResponse::Ok().content_type("application/json").body(front::enveloped(
            r#"{"status":"ok"}"#,
            None,
            trace,
        )),
        _ => assets::find(request).unwrap_or_else(|| {
            let error = Error::unavailable(
                "Other data takes the place of what was here, since somebody goes back to a backup; ask again in two \
                 seconds.",
            );
            HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE)
                .content_type("application/json")
                .insert_header(("retry-after", AGAIN_AFTER))
                .body(body_of(&error, trace.id))
        }),
    };
    front::finish(&mut response, app, trace, None, &super::limits::Standings::default());
    response
}
