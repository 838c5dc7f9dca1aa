//! The process in figures, under the names that everybody gives them. Where the system does not tell, they are absent.

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::base::Result;
use crate::base::figures::Page;
use crate::kernel::Kernel;

pub(super) fn write(kernel: &Kernel, page: &mut Page) -> Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = used.tv_sec as f64 + used.tv_nsec as f64 / 1e9;
    page.counter("process_cpu_seconds_total", "Time that processors spent on this process.", seconds);
    let began = kernel.began.millis() as f64 / 1e3;
    page.gauge("process_start_time_seconds", "When it began, in seconds since 1970.", began);
    if let Some(open) = std::fs::read_dir("/proc/self/fd").ok().map(Iterator::count) {
        // One of them is the directory that is read.
        page.gauge("process_open_fds", "Files and connections that are open.", open.saturating_sub(1) as f64);
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        page.gauge("process_max_fds", "Files and connections that may be open.", most as f64);
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for (field, factor, name, help) in [
        ("VmRSS:", 1024.0, "process_resident_memory_bytes", "Memory that it holds."),
        ("VmSize:", 1024.0, "process_virtual_memory_bytes", "Memory that it has asked for."),
        ("Threads:", 1.0, "process_threads", "Its threads."),
    ] {
        if let Some(value) = value_of(&status, field) {
            page.gauge(name, help, value * factor);
        }
    }
    Ok(())
}

fn value_of(status: &str, field: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
