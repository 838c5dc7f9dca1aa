//! The engine by hand, for simulations: the steps of its thread and of its workers one at a time, and
//! what it holds in memory.

use std::sync::Arc;
use std::time::Duration;

use super::ctx::Ctx;
use super::engine::Jobs;
use super::patrol;
use super::round::Report;
use crate::base::db::TenantNo;
use crate::base::{Result, Timestamp};
use crate::kernel::Kernel;

impl Jobs {
    /// What the engine's thread does each time.
    pub(in crate::kernel) async fn turn_by_hand(&self, kernel: &Arc<Kernel>) -> Result<Report> {
        self.give_up_late();
        patrol::turn(kernel).await
    }

    pub(in crate::kernel) async fn patrol_by_hand(&self, kernel: &Kernel) -> Result<()> {
        patrol::patrol(kernel).await
    }

    /// The handler of the next job that may begin.
    pub(in crate::kernel) fn begin_by_hand(
        &self,
        kernel: &Arc<Kernel>,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        self.next_waiting().map(|claimed| self.begin(kernel, claimed))
    }

    /// Nothing more begins, and what runs goes back.
    pub(in crate::kernel) fn stop_by_hand(&self) {
        self.begin_stopping();
        self.return_running();
    }

    pub(in crate::kernel) fn is_settled(&self) -> bool {
        self.board().is_settled()
    }

    /// When something falls due, as far as memory knows.
    pub(in crate::kernel) fn next_due_by_hand(&self) -> Option<Timestamp> {
        let board = self.board();
        [board.due.next(), board.schedules.next()].into_iter().flatten().min()
    }

    /// How long the engine's thread would wait now.
    pub(in crate::kernel) fn wait_by_hand(&self, kernel: &Kernel) -> Duration {
        patrol::until_next(kernel)
    }

    /// Places that memory takes for filled in a tenant.
    pub(in crate::kernel) fn places_filled(&self, tenant: TenantNo) -> u32 {
        self.board().lanes.tenant_running(tenant)
    }
}

impl Ctx {
    pub(in crate::kernel) fn lease(&self) -> i64 {
        self.lease
    }
}
