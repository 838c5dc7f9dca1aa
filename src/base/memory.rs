//! Memory: what this process holds, and what there is in all, of the machine or of the group of processes that this one
//! is in, whichever is less. Where the system does not tell, nothing is known.

use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    pub total: u64,
    /// What can still be had; what only keeps files at hand counts as such.
    pub available: u64,
    /// Whether it is a group of processes, such as a container or a unit, that has no more.
    pub is_of_group: bool,
}

/// What there is in all, and what of it can be had.
pub fn memory() -> Option<Memory> {
    memory_at(Path::new("/"))
}

/// What this process holds.
pub fn resident() -> Option<u64> {
    field(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:").map(in_bytes)
}

fn memory_at(root: &Path) -> Option<Memory> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let (total, available) = (field(&text, "MemTotal:")?, field(&text, "MemAvailable:")?);
    let machine = Memory { total: in_bytes(total), available: in_bytes(available), is_of_group: false };
    Some(groups(root).iter().filter_map(|group| group.memory()).fold(machine, |least, group| Memory {
        // A group may have more left than the machine.
        available: least.available.min(group.available),
        ..if group.total < least.total { group } else { least }
    }))
}

/// A group of processes, and what its files are called.
struct Group {
    folder: PathBuf,
    most: &'static str,
    used: &'static str,
    /// What of it only keeps files at hand and goes when it is needed.
    idle: &'static str,
}

impl Group {
    fn memory(&self) -> Option<Memory> {
        let read = |file: &str| fs::read_to_string(self.folder.join(file)).ok();
        let number = |file: &str| read(file)?.trim().parse::<u64>().ok();
        let total = number(self.most)?;
        let idle = read("memory.stat").and_then(|text| field(&text, self.idle)).unwrap_or(0);
        let used = number(self.used)?.saturating_sub(idle);
        Some(Memory { total, available: total.saturating_sub(used), is_of_group: true })
    }
}

/// The groups that this process is in, those that hold others included. A container may see its own as the root.
fn groups(root: &Path) -> Vec<Group> {
    let text = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        Some((parts.next()?, parts.next()?))
    });
    let fold = |place: &str, path: &str| -> Vec<PathBuf> {
        let top = root.join("sys/fs/cgroup").join(place);
        let inner = top.join(path.trim_start_matches('/'));
        inner.ancestors().take_while(|folder| folder.starts_with(&top)).map(Path::to_owned).collect()
    };
    let of = |controllers: &str, path: &str| match controllers {
        "" => fold("", path).into_iter().map(unified).collect(),
        "memory" => fold("memory", path).into_iter().map(of_old).collect(),
        _ => Vec::new(),
    };
    lines.flat_map(|(controllers, path)| of(controllers, path)).collect()
}

fn unified(folder: PathBuf) -> Group {
    Group { folder, most: "memory.max", used: "memory.current", idle: "inactive_file" }
}

fn of_old(folder: PathBuf) -> Group {
    let (most, used) = ("memory.limit_in_bytes", "memory.usage_in_bytes");
    Group { folder, most, used, idle: "total_inactive_file" }
}

/// The number behind a name, in files that have one on each line.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == name).then(|| words.next()?.parse().ok()).flatten()
    })
}

fn in_bytes(kibibytes: u64) -> u64 {
    kibibytes.saturating_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    400 kB\n";

    fn seen(files: &[(&str, &str)]) -> Option<Memory> {
        let root = tempfile::TempDir::new().expect("a directory");
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, text).expect("it is written");
        }
        memory_at(root.path())
    }

    #[test]
    fn without_a_group_it_is_the_machines() {
        let machine = Memory { total: 1_024_000, available: 409_600, is_of_group: false };
        assert_eq!(seen(&[("proc/meminfo", MACHINE), ("proc/self/cgroup", "0::/\n")]), Some(machine));
        let endless = [("sys/fs/cgroup/memory.max", "max\n"), ("sys/fs/cgroup/memory.current", "7\n")];
        let files = [&[("proc/meminfo", MACHINE), ("proc/self/cgroup", "0::/\n")], &endless[..]].concat();
        assert_eq!(seen(&files), Some(machine));
    }

    #[test]
    fn the_smallest_group_around_counts_and_what_only_keeps_files_at_hand_is_to_be_had() {
        let found = seen(&[
            ("proc/meminfo", MACHINE),
            ("proc/self/cgroup", "1:name=systemd:/x\n0::/system.slice/steading.service\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "500000"),
            ("sys/fs/cgroup/system.slice/memory.current", "450000"),
            ("sys/fs/cgroup/system.slice/steading.service/memory.max", "300000"),
            ("sys/fs/cgroup/system.slice/steading.service/memory.current", "200000"),
            ("sys/fs/cgroup/system.slice/steading.service/memory.stat", "anon 5\ninactive_file 90000\n"),
        ]);
        // The slice has less left than the unit within it.
        assert_eq!(found, Some(Memory { total: 300_000, available: 50_000, is_of_group: true }));
    }

    #[test]
    fn groups_of_the_old_kind_are_read_too() {
        let found = seen(&[
            ("proc/meminfo", MACHINE),
            ("proc/self/cgroup", "4:memory:/box\n0::/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "12"),
            ("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "4096"),
            ("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "1096"),
            ("sys/fs/cgroup/memory/box/memory.stat", "inactive_file 1\ntotal_inactive_file 96\n"),
        ]);
        assert_eq!(found, Some(Memory { total: 4_096, available: 3_096, is_of_group: true }));
    }

    #[test]
    fn where_the_system_does_not_tell_nothing_is_known() {
        assert_eq!(seen(&[]), None);
    }

    #[test]
    fn this_process_holds_something() {
        assert!(resident().is_none_or(|bytes| bytes > 1_000_000));
    }
}
