//! When backups are made: the line of the configuration, kept in a schedule of the instance like its other upkeep. The
//! configuration counts anew at every start.

use crate::base::{Error, Kind, Result};
use crate::kernel::jobs::schedules::{self, ScheduleChange, ScheduleState};
use crate::kernel::{Hand, Kernel};

/// Brings the schedule of this name to what the configuration says.
pub async fn keep_schedule(kernel: &Kernel, name: &'static str) -> Result<()> {
    let line = kernel.config.backup.schedule.trim();
    let who = kernel.operator()?;
    let found = kernel.db.read_here(&who, |tx| match schedules::find_schedule_named(tx, name)? {
        Some(id) => schedules::find_schedule(tx, id),
        None => Ok(None),
    })?;
    let Some(found) = found else { return Ok(()) };
    let cron = match line {
        "" => None,
        line => Some(line.parse().map_err(|error| {
            Error::new(Kind::ValidationFailed, format!("backup.schedule in the configuration: {error}."))
        })?),
    };
    let state = if cron.is_some() { ScheduleState::Enabled } else { ScheduleState::Paused };
    if found.state == state
        && cron.as_ref().is_none_or(|cron: &schedules::Cron| found.cron == cron.to_string())
    {
        return Ok(());
    }
    let change = ScheduleChange { cron, state: Some(state), ..ScheduleChange::default() };
    let (by, now) = (Hand::of_server(who.clone()), kernel.clock.now());
    kernel
        .db
        .write(&who, move |tx| schedules::change_schedule(tx, &by, found.id, &change, now).map(drop))
        .await
}
