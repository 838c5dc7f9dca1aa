//! The disk: how much is free, what it is, how long it takes until something is really on it, and
//! whether that can be believed.

use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use rustix::fs::{major, minor, stat, statfs};

use super::{Finding, Patient};
use crate::cli::bench::flush_times;
use crate::kernel::Standing;

const ABOUT: &str = "disk";

/// How long flushing is measured.
const MEASURED_FOR: Duration = Duration::from_millis(600);

/// Writes that share one flush at most.
const LARGEST_BATCH: f64 = 512.0;

/// File systems in memory, and over the network, by the numbers that the system has for them.
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
const OVER_NETWORK: [(u64, &str); 4] =
    [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB"), (0x517b, "SMB")];

/// What the data lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Memory,
    Network(&'static str),
    /// An SD card or eMMC.
    Card,
    /// It turns.
    Rotating,
    /// Everything else, or nothing that could be found out.
    Other,
}

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let Some(place) = existing(patient.data.path()) else { return Vec::new() };
    let mut findings = vec![room(patient)];
    let kind = kind_of(place);
    findings.extend(unsuitable(kind));
    findings.push(
        match tempfile::tempdir_in(place)
            .map_err(|error| error.to_string())
            .and_then(|dir| flush_times(dir.path(), MEASURED_FOR).map_err(|error| error.to_string()))
        {
            Ok(times) => flushing(kind, times.p50_micros),
            Err(why) => Finding::wrong(
                ABOUT,
                format!("Nothing can be written to {}: {why}", place.display()),
                "Run this as the server's user, and see whether the disk is full or read-only.",
            ),
        },
    );
    findings
}

/// The data directory, or what it will be made in.
fn existing(path: &Path) -> Option<&Path> {
    path.ancestors()
        .map(|place| if place.as_os_str().is_empty() { Path::new(".") } else { place })
        .find(|place| place.is_dir())
}

fn room(patient: &Patient) -> Finding {
    let least = patient.config.database.min_free.as_u64();
    let shown = |bytes| ByteSize::b(bytes).display().iec();
    let free = match patient.data.free_space() {
        Ok(free) => free,
        // It is not there yet.
        Err(_) => {
            return Finding::fine(ABOUT, "How much is free can be said once the data directory is there.");
        }
    };
    let says = format!("{} are free.", shown(free));
    match Standing::of_disk(free, least) {
        Standing::Short => {
            let says =
                format!("{says} Less than the {} to keep free: the server adds nothing.", shown(least));
            Finding::wrong(
                ABOUT,
                says,
                "Free some space where the data lies; old copies lie in its backups/.",
            )
        }
        Standing::Scarce => {
            let says = format!("{says} Below {} the server adds nothing more.", shown(least));
            Finding::risky(ABOUT, says, "Free some space, or move the data to a larger disk.")
        }
        Standing::Enough => Finding::fine(ABOUT, says),
    }
}

fn unsuitable(kind: Kind) -> Option<Finding> {
    match kind {
        Kind::Memory => Some(Finding::wrong(
            ABOUT,
            "The data lies in memory and is gone with the next power cut.",
            "Choose a directory on a disk with --data.",
        )),
        Kind::Network(name) => Some(Finding::wrong(
            ABOUT,
            format!(
                "The data lies on a network disk ({name}), where locks and flushes are not to be relied on."
            ),
            "Choose a directory on a disk of this machine with --data.",
        )),
        Kind::Card => Some(Finding::risky(
            ABOUT,
            "The data lies on an SD card or eMMC: these wear out, and some lose data at a power cut.",
            "A small SSD on USB lasts longer. Keep backups elsewhere.",
        )),
        Kind::Rotating | Kind::Other => None,
    }
}

/// What a flush of so many microseconds means, in words.
fn flushing(kind: Kind, micros: f64) -> Finding {
    let a_second = 1e6 / micros.max(1.0);
    let says = format!(
        "A flush takes {}: about {} writes a second for one who waits for each, and up to {} for many at once, as \
         writes that wait share a flush.",
        shown(micros),
        rounded(a_second),
        rounded((a_second * LARGEST_BATCH).min(50_000.0)),
    );
    if let Some(least) = least_micros(kind).filter(|least| micros < *least) {
        return Finding::risky(
            ABOUT,
            format!(
                "{says} That is faster than {} can be; it may say that it has written what it has not.",
                name(kind)
            ),
            format!(
                "Less than {} would need a cache that survives a power cut. Where there is none, what was \
                 acknowledged may be lost with the power: keep backups, and think of a power supply that bridges cuts.",
                shown(least)
            ),
        );
    }
    if micros > 50_000.0 {
        let advice =
            "Another disk would make all writes faster; a USB stick or a worn card is often the reason.";
        return Finding::risky(ABOUT, says, advice);
    }
    Finding::fine(ABOUT, says)
}

/// The shortest time in which such a disk can really have written.
fn least_micros(kind: Kind) -> Option<f64> {
    match kind {
        Kind::Memory | Kind::Network(_) => None,
        // A turn of a disk takes 8 ms, and half of one on average.
        Kind::Rotating => Some(2_000.0),
        Kind::Card => Some(300.0),
        // Flash takes some tens of microseconds to program a page.
        Kind::Other => Some(20.0),
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Rotating => "a disk that turns",
        Kind::Card => "an SD card",
        _ => "a disk",
    }
}

fn kind_of(place: &Path) -> Kind {
    if let Ok(found) = statfs(place) {
        let number = (found.f_type as u64) & 0xffff_ffff;
        if IN_MEMORY.contains(&number) {
            return Kind::Memory;
        }
        if let Some((_, name)) = OVER_NETWORK.iter().find(|(known, _)| *known == number) {
            return Kind::Network(name);
        }
    }
    let Ok(found) = stat(place) else { return Kind::Other };
    let device = format!("/sys/dev/block/{}:{}", major(found.st_dev), minor(found.st_dev));
    let Ok(device) = std::fs::canonicalize(device) else { return Kind::Other };
    if device.to_string_lossy().contains("/mmcblk") {
        return Kind::Card;
    }
    // A partition's figures are with its disk.
    let turns = [device.join("queue/rotational"), device.join("../queue/rotational")];
    let turns = turns.iter().find_map(|file| std::fs::read_to_string(file).ok());
    // A disk of a virtual machine says that it turns, and does not.
    let is_virtual =
        device.to_string_lossy().contains("/virtio") || device.to_string_lossy().contains("/virtual/");
    if turns.is_some_and(|turns| turns.trim() == "1") && !is_virtual { Kind::Rotating } else { Kind::Other }
}

fn shown(micros: f64) -> String {
    if micros < 1_000.0 { format!("{micros:.0} µs") } else { format!("{:.1} ms", micros / 1_000.0) }
}

/// Two figures that say something.
fn rounded(number: f64) -> String {
    let size = 10_f64.powf(number.max(1.0).log10().floor() - 1.0).max(1.0);
    format!("{:.0}", (number / size).round() * size)
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_slow_card_is_put_in_words() {
        let finding = flushing(Kind::Card, 20_000.0);
        assert_eq!(finding.level, Level::Fine);
        assert!(
            finding.says.starts_with("A flush takes 20.0 ms: about 50 writes a second"),
            "{}",
            finding.says
        );
        assert!(finding.says.contains("up to 26000 for many"), "{}", finding.says);
    }

    #[test]
    fn what_is_too_fast_for_its_kind_is_doubted() {
        for (kind, micros, level) in [
            (Kind::Rotating, 500.0, Level::Risky),
            (Kind::Rotating, 9_000.0, Level::Fine),
            (Kind::Card, 100.0, Level::Risky),
            (Kind::Other, 5.0, Level::Risky),
            (Kind::Other, 100.0, Level::Fine),
            (Kind::Other, 90_000.0, Level::Risky),
        ] {
            assert_eq!(flushing(kind, micros).level, level, "{kind:?} at {micros}");
        }
        assert!(flushing(Kind::Rotating, 500.0).says.contains("faster than a disk that turns can be"));
    }

    #[test]
    fn memory_and_network_are_no_place_for_data() {
        assert_eq!(unsuitable(Kind::Memory).map(|finding| finding.level), Some(Level::Wrong));
        assert_eq!(unsuitable(Kind::Network("NFS")).map(|finding| finding.level), Some(Level::Wrong));
        assert!(unsuitable(Kind::Other).is_none());
    }
}
