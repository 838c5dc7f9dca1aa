//! The door: hands the command line to `cli` and its verdict to the shell.

use std::process::ExitCode;

/// The allocator of musl, which static builds use, is slow when threads share it.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    steading::cli::run()
}
