//! What is to happen, by a seed alone: the same seed is the same load and the same faults.

use std::time::Duration;

use fastrand::Rng;

use crate::control::Manner;

const HOUR: i64 = 3_600_000;

/// Something that is wrong for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process stands still.
    Frozen,
    FullDisk,
    WriteErrors(u64),
    FlushErrors(u64),
    ReadErrors(u64),
    /// Each flush takes so many microseconds.
    SlowDisk(u64),
    /// The clock on the wall is off by so many milliseconds.
    Clock(i64),
    /// Another program reads from one snapshot.
    Reader,
    Receivers(Receivers),
    /// Nothing wrong in itself: a backup begins, so that what comes next meets it.
    Backup,
}

/// What those who are called do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Receivers {
    #[default]
    Well,
    /// Nobody listens.
    Gone,
    /// They hang up in the middle of their answer.
    Reset,
    /// They take what comes, and say nothing.
    Silent,
}

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Killed,
    Stopped,
    /// The power goes after so many more writes.
    CutAtWrite(u64, Manner),
    /// The power goes before the end of such a flush.
    CutAtFlush(u64, Manner),
}

#[derive(Debug, Clone)]
pub struct Round {
    pub seed: u64,
    /// What is wrong, one after the other, each for so long.
    pub faults: Vec<(Fault, Duration)>,
    pub ending: Ending,
    /// The power goes once more, after so many writes of the start that follows.
    pub cut_at_start: Option<(u64, Manner)>,
    /// Whether the file is checked before it is served again. Otherwise the server itself recovers it.
    pub is_checked_first: bool,
}

impl Fault {
    pub fn name(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::FullDisk => "disk full",
            Self::WriteErrors(_) => "errors of writes",
            Self::FlushErrors(_) => "errors of flushes",
            Self::ReadErrors(_) => "errors of reads",
            Self::SlowDisk(_) => "slow disk",
            Self::Clock(millis) if millis < 0 => "clock back",
            Self::Clock(_) => "clock forward",
            Self::Reader => "long reader",
            Self::Receivers(Receivers::Reset) => "receivers hang up",
            Self::Receivers(Receivers::Silent) => "receivers silent",
            Self::Receivers(_) => "receivers gone",
            Self::Backup => "backup",
        }
    }

    /// How many times longer than others it lasts: what a reader holds up shows after a minute.
    fn patience(self) -> f64 {
        if self == Self::Reader { 12.0 } else { 1.0 }
    }

    fn drawn(random: &mut Rng) -> Self {
        match random.u8(0..14) {
            0 => Self::Frozen,
            1 => Self::FullDisk,
            2 => Self::WriteErrors(random.u64(1..20)),
            3 => Self::FlushErrors(random.u64(1..6)),
            4 => Self::ReadErrors(random.u64(1..10)),
            5 => Self::SlowDisk(20_000),
            6 => Self::SlowDisk(random.u64(20_000..150_000)),
            7 => Self::Clock(random.i64(1..=6) * HOUR),
            8 => Self::Clock(-random.i64(1..=6) * HOUR),
            9 => Self::Reader,
            10 => Self::Receivers(Receivers::Gone),
            11 => Self::Receivers(Receivers::Reset),
            12 => Self::Receivers(Receivers::Silent),
            _ => Self::Backup,
        }
    }
}

impl Ending {
    pub fn name(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Stopped => "stopped",
            Self::CutAtWrite(..) | Self::CutAtFlush(..) => "power cut",
        }
    }
}

fn manner(random: &mut Rng) -> Manner {
    [Manner::SomeOfIt, Manner::Nothing, Manner::ABeginning][random.usize(0..3)]
}

impl Round {
    /// `longest` is how long anything is wrong at most.
    pub fn drawn(seed: u64, longest: Duration) -> Self {
        let mut random = Rng::with_seed(seed);
        let faults = (0..random.usize(1..=3))
            .map(|_| {
                let (share, fault) = (0.3 + 0.7 * random.f64(), Fault::drawn(&mut random));
                (fault, longest.mul_f64(share * fault.patience()))
            })
            .collect();
        let ending = match random.u8(0..10) {
            0..3 => Ending::Killed,
            3 => Ending::Stopped,
            4..8 => Ending::CutAtWrite(random.u64(1..120), manner(&mut random)),
            _ => Ending::CutAtFlush(random.u64(1..20), manner(&mut random)),
        };
        let cut_at_start = (random.u8(0..5) == 0).then(|| (random.u64(1..12), manner(&mut random)));
        Self { seed, faults, ending, cut_at_start, is_checked_first: random.bool() }
    }

    /// Rounds in which, together, each kind of fault comes once, each with its own seed.
    pub fn of_every_kind(seed: u64, longest: Duration) -> Vec<Self> {
        let mut random = Rng::with_seed(seed);
        let hours = 1..6;
        let rounds = [
            (
                vec![
                    Fault::Frozen,
                    Fault::FullDisk,
                    Fault::WriteErrors(random.u64(1..12)),
                    Fault::FlushErrors(random.u64(1..4)),
                ],
                Ending::CutAtWrite(random.u64(1..60), Manner::Nothing),
                None,
            ),
            (
                vec![
                    Fault::ReadErrors(random.u64(1..6)),
                    Fault::SlowDisk(20_000),
                    Fault::Clock(random.i64(hours.clone()) * HOUR),
                    Fault::Clock(-random.i64(hours) * HOUR),
                ],
                Ending::CutAtFlush(random.u64(1..10), Manner::SomeOfIt),
                None,
            ),
            (
                vec![
                    Fault::Reader,
                    Fault::Receivers(Receivers::Gone),
                    Fault::Receivers(Receivers::Reset),
                    Fault::Receivers(Receivers::Silent),
                ],
                Ending::Killed,
                Some((random.u64(1..8), manner(&mut random))),
            ),
            (vec![Fault::Backup], Ending::CutAtWrite(random.u64(1..60), Manner::ABeginning), None),
        ];
        let rounds = rounds.into_iter().map(|(faults, ending, cut_at_start)| {
            let drawn = Self::drawn(random.u64(..), longest);
            let faults = faults.into_iter().map(|fault| (fault, longest.mul_f64(0.35))).collect();
            Self { faults, ending, cut_at_start, ..drawn }
        });
        rounds.collect()
    }
}

#[test]
fn a_seed_is_a_plan() {
    let plan = |seed| format!("{:?}", Round::of_every_kind(seed, Duration::from_secs(1)));
    assert_eq!(plan(1), plan(1));
    assert_ne!(plan(1), plan(2));
    let drawn = |seed| format!("{:?}", Round::drawn(seed, Duration::from_secs(1)));
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}
