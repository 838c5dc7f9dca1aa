//! The figures under `/metrics`: who may read them, in what form they are, and whether they say what was done.

mod access;
mod dashboard;
mod page;
mod values;

use std::collections::BTreeMap;

use crate::support::{Caller, TestApp};

/// The figures as a parser of the format reads them: samples by name and labels as they are written.
pub struct Figures {
    samples: BTreeMap<String, f64>,
    /// Names and their types, in the order of the page.
    pub families: Vec<(String, String)>,
}

impl Figures {
    pub async fn read(caller: &Caller) -> Self {
        Self::parse(&caller.get("/metrics").await.expect(200).text)
    }

    pub fn parse(text: &str) -> Self {
        let (mut samples, mut families) = (BTreeMap::new(), Vec::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and a type");
                families.push((name.to_owned(), kind.to_owned()));
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').expect("a name and a value");
                let value = value.parse().unwrap_or_else(|_| panic!("{line} has no number"));
                assert!(samples.insert(name.to_owned(), value).is_none(), "{name} is there twice");
            }
        }
        Self { samples, families }
    }

    #[track_caller]
    pub fn of(&self, sample: &str) -> f64 {
        let found = self.samples.get(sample).copied();
        found.unwrap_or_else(|| panic!("{sample} is not there: {:#?}", self.samples))
    }

    /// Samples whose name begins so.
    pub fn beginning(&self, start: &str) -> Vec<(&str, f64)> {
        let all = self.samples.iter();
        all.filter(|(name, _)| name.starts_with(start)).map(|(name, value)| (name.as_str(), *value)).collect()
    }
}

/// Whoever may read them.
async fn reader(app: &TestApp) -> Caller {
    app.instance_owner("root@example.org").await.1
}
