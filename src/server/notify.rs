//! What a service manager hears of the server: that it is ready, reads its configuration again, stops,
//! and that it still turns. A datagram to the socket that the manager names, and nothing without one.

use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Tells the manager, if one listens, a line such as `READY=1`.
pub fn tell_manager(state: &str) {
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&place, state) {
        tracing::warn!(%error, "the service manager could not be told: {state}");
    }
}

fn send(place: &OsStr, state: &str) -> std::io::Result<()> {
    let address = match place.as_bytes() {
        // A name that lies in no directory.
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(place)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

/// How often the manager wants to hear that the server still turns; none when it does not ask.
pub fn watchdog_period() -> Option<Duration> {
    let is_for_us = match std::env::var("WATCHDOG_PID") {
        Ok(pid) => pid.parse() == Ok(std::process::id()),
        Err(_) => true,
    };
    let micros: u64 = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    (is_for_us && micros > 0).then(|| Duration::from_micros(micros / 3))
}
