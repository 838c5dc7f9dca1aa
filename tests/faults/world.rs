//! What was acknowledged, and what may have happened without an answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Something that was made with a POST, so that it can be asked for again with its key.
#[derive(Debug, Clone)]
pub struct Repeat {
    pub kind: Kind,
    pub path: &'static str,
    pub body: Value,
    pub key: String,
    /// What the server answered, if it did.
    pub answer: Option<Value>,
}

/// The kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Open,
    Change,
    Delete,
    Read,
    Job,
    JobBatch,
    OutsideJob,
    Claim,
    Complete,
    Event,
    EventBatch,
    Schedule,
    Unschedule,
    SignIn,
    SignOut,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open a request",
            Self::Change => "change a request",
            Self::Delete => "delete a request",
            Self::Read => "read a request",
            Self::Job => "enqueue a job",
            Self::JobBatch => "enqueue ten jobs",
            Self::OutsideJob => "enqueue for a worker",
            Self::Claim => "claim",
            Self::Complete => "complete",
            Self::Event => "publish an event",
            Self::EventBatch => "publish ten events",
            Self::Schedule => "make a schedule",
            Self::Unschedule => "delete a schedule",
            Self::SignIn => "sign in",
            Self::SignOut => "sign out",
        }
    }
}

/// A job as it was acknowledged, and the last that was seen of it.
#[derive(Debug, Clone, Default)]
pub struct JobFact {
    pub payload: Value,
    /// Once it is done: the attempt that did it and when, which never change again.
    pub ended: Option<Value>,
}

#[derive(Debug, Clone)]
pub struct EventFact {
    pub event_type: String,
    pub payload: Value,
    pub deliveries: u64,
}

/// A session, and whether it may work: by what was acknowledged, yes, no, or nobody knows.
#[derive(Debug, Clone)]
pub struct SessionFact {
    pub token: String,
    pub works: Option<bool>,
}

#[derive(Debug, Default)]
pub struct World {
    /// What the title of a request may be; `None` stands for one that is gone.
    pub requests: BTreeMap<String, Vec<Option<String>>>,
    pub jobs: BTreeMap<String, JobFact>,
    pub events: BTreeMap<String, EventFact>,
    pub sessions: Vec<SessionFact>,
    pub schedules: BTreeMap<String, String>,
    /// Schedules whose deletion was acknowledged.
    pub unscheduled: BTreeSet<String>,
    /// Jobs that a worker outside completed, and was told so.
    pub completed: BTreeSet<String>,
    /// Events of one subject in the order in which they were acknowledged.
    pub subjects: BTreeMap<String, Vec<String>>,
    /// Deliveries that the server showed as delivered, and how often the receiver had been called by then.
    pub delivered: BTreeMap<String, usize>,
    /// What was asked in this round.
    pub repeats: Vec<Repeat>,
    /// Microseconds of each acknowledged operation.
    pub times: BTreeMap<Kind, Vec<u32>>,
    pub counts: BTreeMap<Kind, u64>,
    pub refused: u64,
    pub unanswered: u64,
    /// What must not be.
    pub failures: Vec<String>,
    pub checks: u64,
}

impl World {
    pub fn fail(&mut self, what: String) {
        eprintln!("FAILED: {what}");
        self.failures.push(what);
    }

    /// Counts a check, and remembers it when it fails.
    pub fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds {
            self.fail(what());
        }
    }

    /// Takes in what an answer acknowledges.
    pub fn learn(&mut self, repeat: &Repeat, answer: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match repeat.kind {
            Kind::Open => {
                let title = Some(text(&repeat.body["title"]));
                self.requests.entry(text(&answer["id"])).or_insert_with(|| vec![title]);
            }
            Kind::Job | Kind::OutsideJob => self.learn_job(&text(&answer["jobId"]), &repeat.body["payload"]),
            Kind::JobBatch => {
                let jobs = repeat.body["jobs"].as_array().into_iter().flatten();
                for (job, made) in jobs.zip(answer.as_array().into_iter().flatten()) {
                    self.learn_job(&text(&made["jobId"]), &job["payload"]);
                }
            }
            Kind::Event => self.learn_event(&repeat.body, answer),
            Kind::EventBatch => {
                let events = repeat.body["events"].as_array().into_iter().flatten();
                for (event, made) in events.zip(answer.as_array().into_iter().flatten()) {
                    self.learn_event(event, made);
                }
            }
            Kind::Schedule => {
                self.schedules.insert(text(&answer["id"]), text(&repeat.body["name"]));
            }
            _ => {}
        }
    }

    fn learn_job(&mut self, id: &str, payload: &Value) {
        let fact = JobFact { payload: payload.clone(), ended: None };
        self.jobs.entry(id.to_owned()).or_insert(fact);
    }

    fn learn_event(&mut self, event: &Value, made: &Value) {
        let id = made["eventId"].as_str().unwrap_or_default().to_owned();
        let fact = EventFact {
            event_type: event["type"].as_str().unwrap_or_default().to_owned(),
            payload: event["payload"].clone(),
            deliveries: made["deliveries"].as_u64().unwrap_or_default(),
        };
        self.events.entry(id).or_insert(fact);
    }
}
