//! The real binary under a mixed load while its machine fails: killed, frozen, out of space, with errors of the disk,
//! power cuts, jumps of the clock. Whatever happens, nothing that was acknowledged is lost.

mod checks;
mod control;
mod faults;
mod load;
mod page;
mod plan;
mod receiver;
mod report;
mod restore;
mod server;
mod settle;
mod shim;
mod small;
mod soak;
mod start;
mod trial;
mod wire;
mod worker;
mod world;
