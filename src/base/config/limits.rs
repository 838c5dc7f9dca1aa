//! How much may be asked of this server, by whom.

use serde::Deserialize;

use super::Span;

/// Requests a second; 0 is no limit.
pub type PerSecond = u32;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub rates: bool,
    pub burst: Span,
    pub address_reads: PerSecond,
    pub address_costly: PerSecond,
    pub user_reads: PerSecond,
    pub user_writes: PerSecond,
    pub user_bulk: PerSecond,
    pub user_costly: PerSecond,
    pub tenant_reads: PerSecond,
    pub tenant_writes: PerSecond,
    pub tenant_bulk: PerSecond,
    pub tenant_costly: PerSecond,
    pub storage: bytesize::ByteSize,
    pub events_per_day: u64,
    pub jobs_per_day: u64,
    pub streams: usize,
    pub streams_per_tenant: usize,
}

impl Limits {
    /// Every rate by the name of its option.
    pub fn rates(&self) -> [(&'static str, PerSecond); 10] {
        [
            ("limits.address_reads", self.address_reads),
            ("limits.address_costly", self.address_costly),
            ("limits.user_reads", self.user_reads),
            ("limits.user_writes", self.user_writes),
            ("limits.user_bulk", self.user_bulk),
            ("limits.user_costly", self.user_costly),
            ("limits.tenant_reads", self.tenant_reads),
            ("limits.tenant_writes", self.tenant_writes),
            ("limits.tenant_bulk", self.tenant_bulk),
            ("limits.tenant_costly", self.tenant_costly),
        ]
    }
}
