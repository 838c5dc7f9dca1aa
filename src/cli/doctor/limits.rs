//! Limits: whether one who asks or makes too much can take from the others.

use super::{Finding, Patient};
use crate::base::config::Limits;

const ABOUT: &str = "limits";

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let limits = &patient.config.limits;
    vec![rates(limits), shares(limits)]
}

fn rates(limits: &Limits) -> Finding {
    if !limits.rates {
        return Finding::risky(
            ABOUT,
            "limits.rates is false: passwords may be guessed as fast as they are hashed, and one client that loops takes \
             what there is.",
            "Write true, unless something before this server limits requests.",
        );
    }
    let unlimited: Vec<&str> =
        limits.rates().iter().filter(|(_, rate)| *rate == 0).map(|(option, _)| *option).collect();
    let guarded = ["limits.address_costly", "limits.user_costly"];
    match unlimited.iter().find(|option| guarded.contains(option)) {
        Some(option) => Finding::risky(
            ABOUT,
            format!("{option} is 0, so passwords may be guessed as fast as they are hashed."),
            "Give it a rate; the default is 5.",
        ),
        None if unlimited.is_empty() => Finding::fine(
            ABOUT,
            format!(
                "One user or key may read {} and write {} times a second, one tenant {} and {}.",
                limits.user_reads, limits.user_writes, limits.tenant_reads, limits.tenant_writes
            ),
        ),
        None => Finding::fine(ABOUT, format!("Without a limit are {}.", unlimited.join(", "))),
    }
}

fn shares(limits: &Limits) -> Finding {
    let mut unlimited = Vec::new();
    if limits.storage.as_u64() == 0 {
        unlimited.push("store");
    }
    if limits.events_per_day == 0 {
        unlimited.push("publish");
    }
    if limits.jobs_per_day == 0 {
        unlimited.push("enqueue");
    }
    match unlimited.is_empty() {
        true => Finding::fine(ABOUT, "What a tenant may store and make in a day is limited."),
        false => Finding::fine(
            ABOUT,
            format!(
                "Tenants that have no limit of their own may {} as much as the disk holds; with tenants of strangers, set \
                 limits.storage, events_per_day and jobs_per_day.",
                unlimited.join(" and ")
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use crate::base::config::load;

    fn with(change: impl FnOnce(&mut Limits)) -> Finding {
        let mut limits = load(None, []).expect("the defaults").limits;
        change(&mut limits);
        rates(&limits)
    }

    #[test]
    fn rates_that_let_passwords_be_guessed_are_risky() {
        assert_eq!(with(|_| {}).level, Level::Fine);
        assert_eq!(with(|limits| limits.rates = false).level, Level::Risky);
        assert_eq!(with(|limits| limits.address_costly = 0).level, Level::Risky);
        let found = with(|limits| limits.user_writes = 0);
        assert!(found.level == Level::Fine && found.says.contains("limits.user_writes"), "{found:?}");
    }
}
