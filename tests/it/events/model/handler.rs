//! How a handler stands: what its attempts do to it, and what was seen of that.

use steading::kernel::events::SubscriptionState::{self, Deleted, Disabled, Enabled, Probing};

use super::instance::Standing;
use super::op::{PATTERNS, Wish};

/// Different events that must fail in a row before their handler is disabled.
pub const TOO_MANY: usize = 5;

#[derive(Debug, Clone)]
pub struct Subscription {
    pub wish: Wish,
    pub standing: Standing,
}

/// What was seen to happen, so that a search which sees nothing is no proof.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sights {
    pub disabled: usize,
    pub rested: usize,
    pub recovered: usize,
    pub dead: usize,
    pub waited: usize,
    pub held: usize,
    pub put_back: usize,
    pub replayed: usize,
    pub crashed: usize,
    pub repeated: usize,
}

impl Sights {
    pub fn all(&self) -> [usize; 10] {
        [
            self.disabled,
            self.rested,
            self.recovered,
            self.dead,
            self.waited,
            self.held,
            self.put_back,
            self.replayed,
            self.crashed,
            self.repeated,
        ]
    }
}

fn matches(pattern: &str, event_type: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => event_type.starts_with(prefix),
        None => pattern == event_type,
    }
}

/// Milliseconds before another probe.
fn rest_after(probes: u32) -> i64 {
    60_000 * (1i64 << probes.min(20)).min(60)
}

impl Subscription {
    pub fn new(wish: &Wish) -> Self {
        let standing = Standing {
            state: Enabled,
            successes: 0,
            failures: 0,
            in_a_row: 0,
            failing: Vec::new(),
            probes: 0,
            probe_at: None,
        };
        Self { wish: wish.clone(), standing }
    }

    pub fn is(&self, state: SubscriptionState) -> bool {
        self.standing.state == state
    }

    pub fn wants(&self, tenant: usize, event_type: &str) -> bool {
        let pattern = PATTERNS[self.wish.pattern];
        self.wish.tenant == tenant && !self.is(Deleted) && matches(pattern, event_type)
    }

    pub fn enable(&mut self) {
        let Standing { successes, failures, .. } = self.standing;
        self.standing = Standing { successes, failures, ..Self::new(&self.wish).standing };
    }

    pub fn disable(&mut self) {
        self.standing = Standing { state: Disabled, probes: 0, probe_at: None, ..self.standing.clone() };
    }

    /// Whether it was disabled for it.
    pub fn failed(&mut self, event: &str, now: i64, sights: &mut Sights) -> bool {
        let standing = &mut self.standing;
        standing.failures += 1;
        standing.in_a_row += 1;
        if !standing.failing.iter().any(|known| known == event) {
            standing.failing.push(event.into());
        }
        match standing.state {
            Probing => {
                sights.rested += 1;
                standing.state = Disabled;
                standing.probe_at = Some(now + rest_after(standing.probes));
                false
            }
            Enabled if standing.failing.len() >= TOO_MANY => {
                sights.disabled += 1;
                self.disable();
                self.standing.probe_at = self.wish.probes.then(|| now + rest_after(0));
                true
            }
            _ => false,
        }
    }

    pub fn succeeded(&mut self, sights: &mut Sights) {
        self.standing.successes += 1;
        self.standing.in_a_row = 0;
        self.standing.failing.clear();
        if self.is(Probing) {
            sights.recovered += 1;
            self.enable();
        }
    }
}
