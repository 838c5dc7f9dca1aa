//! Deleting what is kept no more of signing in, a little at a time: sessions whose time is long over, and
//! codes of the first run that nobody used.

use super::store;
use crate::base::Result;
use crate::kernel::Kernel;

/// Rows that one piece deletes: a few milliseconds of the writer's time.
const ROWS_A_PIECE: u32 = 500;

/// Deletes the sessions that expired as long ago as `identity.keep_sessions` says, and says how many.
pub async fn prune_sessions(kernel: &Kernel) -> Result<u64> {
    let (now, system) = (kernel.clock.now(), kernel.db.system());
    let before = now - kernel.config.identity.keep_sessions.into();
    let mut pruned = 0;
    for tenant in kernel.tenants.all() {
        let number = tenant.number;
        loop {
            let gone =
                system.write(move |tx| store::delete_old_sessions(tx, number, before, ROWS_A_PIECE)).await?;
            pruned += gone.len() as u64;
            let is_last = gone.len() < ROWS_A_PIECE as usize;
            kernel.identity.ended.forget(&gone);
            if is_last {
                break;
            }
        }
    }
    system.write(move |tx| store::delete_expired_setup_codes(tx, now)).await?;
    Ok(pruned)
}
