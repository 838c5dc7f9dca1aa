//! How many requests there were, how they ended and how long they took, by route. Noting one costs two atomic
//! additions; a route that nobody calls costs nothing.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::app::App;
use super::route::Route;
use crate::base::figures::{Histogram, Page};

/// What has no route: files of the dashboard, and what is not there.
const NO_ROUTE: &str = "none";

/// The first digits of statuses.
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

#[derive(Default)]
struct Times([OnceLock<Histogram>; STATUSES.len()]);

pub(super) struct Traffic {
    routes: Vec<(&'static Route, Times)>,
    /// Where each route stands, by its address in memory.
    places: HashMap<usize, usize>,
    others: Times,
    streams: AtomicUsize,
}

/// A reply that goes on, until it is over.
pub(super) struct Streaming(App);

impl Streaming {
    pub fn begin(app: &App) -> Self {
        app.traffic().streams.fetch_add(1, Ordering::Relaxed);
        Self(app.clone())
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.traffic().streams.fetch_sub(1, Ordering::Relaxed);
    }
}

fn address(route: &'static Route) -> usize {
    std::ptr::from_ref(route) as usize
}

impl Traffic {
    pub fn over(routes: &[&'static Route]) -> Self {
        Self {
            routes: routes.iter().map(|route| (*route, Times::default())).collect(),
            places: routes.iter().enumerate().map(|(place, route)| (address(route), place)).collect(),
            others: Times::default(),
            streams: AtomicUsize::new(0),
        }
    }

    /// A request ended, or its reply that goes on began.
    pub fn note(&self, route: Option<&'static Route>, status: u16, took: Duration) {
        let place = route.and_then(|route| self.places.get(&address(route)));
        let times = place.map_or(&self.others, |place| &self.routes[*place].1);
        let Some(times) = times.0.get(usize::from(status / 100).wrapping_sub(1)) else { return };
        times.get_or_init(Histogram::of_times).note_time(took);
    }

    pub fn write(&self, page: &mut Page) {
        let mut samples = page.histograms(
            "steading_http_request_duration_seconds",
            "Requests by route and status, and how long each took until its reply began.",
        );
        let routes = self.routes.iter().map(|(route, times)| (route.method.as_str(), route.path, times));
        for (method, path, times) in routes.chain([("any", NO_ROUTE, &self.others)]) {
            for (status, times) in STATUSES.iter().zip(&times.0) {
                if let Some(times) = times.get() {
                    samples.add_histogram(&[("method", method), ("route", path), ("status", status)], times);
                }
            }
        }
        let streams = self.streams.load(Ordering::Relaxed) as f64;
        page.gauge("steading_streams", "Clients that follow a stream of events.", streams);
    }
}
