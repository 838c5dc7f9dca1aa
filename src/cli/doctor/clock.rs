//! The clock: tokens, schedules and what is kept for a time go by it.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::{Finding, Patient};
use crate::base::{Clock, Timestamp};

const ABOUT: &str = "clock";

/// No machine that runs this can be in an earlier time than this: 2026-01-01.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);

const WATCHED_FOR: Duration = Duration::from_millis(200);

/// How far the clock on the wall may go astray in that time.
const ASTRAY: Duration = Duration::from_millis(20);

/// How far in the future a file may seem to have been written.
const AHEAD: Duration = Duration::from_secs(60);

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let (now, mut findings) = (Clock::System.now(), Vec::new());
    if now < BEGINNING {
        findings.push(Finding::wrong(
            ABOUT,
            "It shows a time before 2026: tokens and schedules go wrong.",
            "Set it, and let it be kept right (timedatectl set-ntp true). A Raspberry Pi has no clock that runs without power.",
        ));
    }
    let written = fs::metadata(patient.data.database()).and_then(|file| file.modified());
    if written.is_ok_and(|written| written > SystemTime::now() + AHEAD) {
        findings.push(Finding::wrong(
            ABOUT,
            "The database was last written in what is the future now: the clock was turned back.",
            "Set it right before the server goes on; sessions and schedules were made by the other time.",
        ));
    }
    if let Some(astray) = goes_astray() {
        findings.push(Finding::risky(
            ABOUT,
            format!("It was moved by {} ms while it was looked at.", astray.as_millis()),
            "When that goes on, see what sets it: two services, or a virtual machine that was moved.",
        ));
    }
    findings.push(match is_kept_right() {
        Some(true) => Finding::fine(ABOUT, "It is kept right over the network."),
        Some(false) => Finding::risky(
            ABOUT,
            "It is not kept right over the network, so it will go wrong slowly.",
            "timedatectl set-ntp true",
        ),
        None => Finding::fine(ABOUT, "Whether it is kept right over the network can't be told from here."),
    });
    findings
}

/// How far the clock on the wall moved against the one that only counts.
fn goes_astray() -> Option<Duration> {
    let (counted, shown) = (Instant::now(), SystemTime::now());
    thread::sleep(WATCHED_FOR);
    let counted = counted.elapsed();
    let moved = match shown.elapsed() {
        Ok(shown) => shown.abs_diff(counted),
        Err(back) => back.duration() + counted,
    };
    (moved > ASTRAY).then_some(moved)
}

/// What systemd says; nothing where there is none.
fn is_kept_right() -> Option<bool> {
    let said =
        Command::new("timedatectl").args(["show", "-p", "NTPSynchronized", "--value"]).output().ok()?;
    match String::from_utf8_lossy(&said.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
