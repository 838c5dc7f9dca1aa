//! Who acts in the simulation. Each act is begun here and goes on as a task, beside all others.

mod bus;
mod engine;
mod outside;
mod people;
mod plans;
mod receivers;
mod sources;

pub(in crate::kernel::sim) use engine::{end_a_handler, erase, patrol, turn};
pub(in crate::kernel::sim) use people::operate;
pub(in crate::kernel::sim) use receivers::{answer, answer_with};

use fastrand::Rng;

use super::mood::{Leeway, Mood};
use super::stage::{Heard, Stage};
use super::tasks::Sort;
use crate::base::db::Write;
use crate::base::{Error, Id, Kind, Result};
use crate::kernel::Hand;

/// Begins one act of somebody, and says what it is. Nothing when there was nothing to do it to.
type Act = fn(&mut Stage) -> Option<String>;

/// The acts, and how often each is tried among all.
const ACTS: &[(u32, Act)] = &[
    (220, engine::turn),
    (10, engine::patrol),
    (240, engine::end_a_handler),
    (10, engine::prune_jobs),
    (10, engine::prune_events),
    (90, receivers::answer),
    (90, outside::end),
    (140, sources::enqueue),
    (90, sources::publish),
    (20, engine::have_a_handler_do),
    (80, engine::pass_time),
    (70, engine::wait_for_the_next),
    (8, engine::stall),
    (5, engine::set_the_clock),
    (5, engine::erase),
    (20, engine::probe),
    (4, engine::flush_figures),
    (60, outside::claim),
    (6, outside::hang_up),
    (8, outside::claim_and_hang_up),
    (30, outside::beat),
    (10, outside::end_too_late),
    (8, outside::vanish),
    (30, people::cancel),
    (25, people::retry),
    (10, people::run_now),
    (10, people::delete),
    (15, people::change),
    (6, people::many),
    (20, people::set_queue),
    (4, people::forget_queue),
    (6, people::suspend),
    (1, people::delete_a_tenant),
    (20, people::make_a_tenant),
    (16, bus::subscribe),
    (5, bus::unsubscribe),
    (8, bus::publish_with_a_change),
    (4, bus::change_at_once),
    (14, bus::enable),
    (8, bus::disable),
    (14, bus::deal_with_letter),
    (4, bus::deal_with_letters),
    (10, bus::replay),
    (4, bus::replay_many),
    (10, plans::make),
    (10, plans::change),
    (3, plans::delete),
    (5, plans::run_now),
];

/// The first of them: what must not be rare where much is to be done.
const STEADY: usize = 7;

/// Up to there are those that bring work: more of it than usual would only wait.
const WORK_ENDS: usize = STEADY + 2;

/// Begins one act of anybody.
pub(super) fn act(stage: &mut Stage) -> bool {
    let (_, act) = ACTS[stage.mood.next(&mut stage.rng)];
    let Some(what) = act(stage) else { return false };
    stage.book.borrow_mut().sights.acts += 1;
    stage.note(&what);
    true
}

/// What a play is inclined to.
pub(super) fn mood(rng: &mut Rng) -> Mood {
    let leeway = |place| match place {
        0..STEADY => Leeway::None,
        STEADY..WORK_ENDS => Leeway::Less,
        _ => Leeway::Any,
    };
    Mood::of(rng, ACTS.iter().enumerate().map(|(place, (often, _))| (*often, leeway(place))))
}

/// Everybody helps what is there to its end, and brings nothing new.
pub(super) fn wind_up(stage: &mut Stage) {
    people::let_everything_go(stage);
    bus::enable_all(stage);
    plans::delete_all(stage);
}

/// One round in which everything that is under way ends well.
pub(super) fn help(stage: &mut Stage) {
    engine::end_all_handlers(stage);
    receivers::answer_all(stage);
    outside::end_all(stage);
}

/// A write in a tenant, and what is heard of it. Now and then it comes to nothing in the end.
fn write<T: Send + 'static>(
    stage: &mut Stage,
    tenant: usize,
    write: impl Fn(&Write<'_>, &Hand) -> Result<T> + Send + 'static,
    hear: impl FnOnce(Result<T>) -> Option<Heard> + 'static,
) {
    let is_in_vain = !stage.is_ending && stage.chance(4);
    write_perhaps(stage, tenant, is_in_vain, write, hear);
}

fn write_perhaps<T: Send + 'static>(
    stage: &mut Stage,
    tenant: usize,
    is_in_vain: bool,
    write: impl Fn(&Write<'_>, &Hand) -> Result<T> + Send + 'static,
    hear: impl FnOnce(Result<T>) -> Option<Heard> + 'static,
) {
    let (kernel, who, heard) = (stage.kernel().clone(), stage.who(tenant), stage.heard.clone());
    stage.spawn(Sort::Act, async move {
        let by = Hand::of_server(who.clone());
        let write = move |tx: &Write<'_>| match write(tx, &by) {
            Ok(_) if is_in_vain => Err(Error::conflict("it has changed its mind")),
            done => done,
        };
        let said = kernel.db.write(&who, write).await;
        let mistake = said.as_ref().err().and_then(mistake);
        heard.borrow_mut().extend(hear(said));
        heard.borrow_mut().extend(mistake);
    });
    stage.poll_last();
}

/// An error that is nobody's fault but the engine's.
fn mistake(error: &Error) -> Option<Heard> {
    let is_mistake = error.kind() == Kind::Internal;
    is_mistake.then(|| Heard::Mistake(format!("{error}: {:?}", error.cause().map(ToString::to_string))))
}

fn nothing<T>(_: Result<T>) -> Option<Heard> {
    None
}

fn id<T>(key: u128) -> Id<T> {
    uuid::Uuid::from_u128(key).into()
}

impl Stage {
    /// A tenant that may act.
    fn active_tenant(&mut self) -> Option<usize> {
        let place = self.rng.usize(..self.tenants.len());
        let number = self.tenants[place].number.get();
        let book = self.book.borrow();
        book.tenants.get(&number).is_some_and(|row| row.is_active).then_some(place)
    }

    /// One of these, if there is any.
    fn one_of<T>(&mut self, mut all: Vec<T>) -> Option<T> {
        match all.len() {
            0 => None,
            many => Some(all.swap_remove(self.rng.usize(..many))),
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }
}
