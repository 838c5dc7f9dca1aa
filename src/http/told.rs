//! What telemetry is told of a request: its route and never its path or its query, which may name what
//! nobody else should read.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::Method;

use super::app::App;
use super::failure::code_and_status;
use super::names;
use super::route::Route;
use super::trace::Trace;
use crate::base::Error;
use crate::base::scene::Scene;
use crate::kernel::Who;
use crate::kernel::telemetry::{Attributes, End, Ending, Opening, SpanKind, Trail, short};

/// Those who look at telemetry would fill it with their looking.
const TELEMETRY: [&str; 3] = ["/api/traces", "/api/logs", "/api/errors"];

/// A request that is under way.
pub(super) struct Told {
    trail: Option<Arc<Trail>>,
    route: Option<&'static Route>,
    error: Option<String>,
    /// Whether it only looks, and says so: worth a trace when it is refused.
    is_looking: bool,
}

impl Told {
    pub(super) fn begin(request: &HttpRequest, app: &App, trace: Trace) -> Self {
        let path = request.path();
        let is_told = path.starts_with("/api/") && !TELEMETRY.iter().any(|look| path.starts_with(look));
        let is_looking =
            is_told && request.method() == Method::GET && request.headers().contains_key(&names::LOOKING);
        let opening = Opening {
            trace: trace.id,
            span: trace.span,
            parent: trace.parent,
            kind: SpanKind::Request,
            job: None,
            is_worth_keeping: is_told && !is_looking,
        };
        Self { trail: app.telemetry.begin(opening), route: None, error: None, is_looking }
    }

    pub(super) fn scene(&self) -> Option<Scene> {
        self.trail.as_ref().map(Trail::scene)
    }

    pub(super) fn is_of(&mut self, route: &'static Route) {
        self.route = Some(route);
    }

    pub(super) fn is_by(&self, who: &Who) {
        if let Some(trail) = &self.trail {
            trail.is_by(&who.tenant, who.actor);
        }
    }

    /// Pages and pictures are not told of.
    pub(super) fn is_asset(&mut self) {
        self.trail = None;
    }

    /// A failure of ours. The cause is in the log: tenants see this.
    pub(super) fn failed(&mut self, error: &Error) {
        if self.trail.is_some() && code_and_status(error.kind()).1 >= 500 {
            self.error = Some(short(error.message()));
        }
    }

    pub(super) fn answered(mut self, status: u16, is_patient: bool) {
        self.end(Some(status), is_patient, Vec::new());
    }

    fn end(&mut self, status: Option<u16>, is_patient: bool, attributes: Attributes) {
        let Some(trail) = self.trail.take() else { return };
        let ending = self.error.take().map_or(Ending::Ok, Ending::Failed);
        let route = self.route;
        let name = || match route {
            Some(route) => format!("{} {}", route.method.as_str(), route.path).into(),
            None => "no route".into(),
        };
        let is_worth_keeping = self.is_looking && status.is_some_and(|status| status >= 400);
        trail.end(name, End { ending, status, is_patient, is_worth_keeping, attributes });
    }
}

/// The caller went away before he was answered.
impl Drop for Told {
    fn drop(&mut self) {
        self.end(None, true, vec![("isAbandoned", true.into())]);
    }
}
