//! Heads: what a connection has read of a request that is none yet.
//!
//! The library below gives a time to the first head of a connection only, and 128 KiB to every one. Here each has a time
//! and a size, whichever it is, and those that are large have a bound together.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::Instant;

/// Bytes of a head that is not whole. Those that are answered are half as large; below the next 32 KiB the buffer that
/// they lie in is not doubled.
const LARGEST: usize = 31 * 1024;

/// Up to here a head is like those of most requests, and not counted.
const SMALL: usize = 4 * 1024;

/// What heads that are larger, and not whole, take together.
const MOST_OF_ALL: usize = 16 * 1024 * 1024;

/// Bytes that are handed on before who reads them has to look at them.
const IN_A_TURN: usize = 15 * 1024;

/// What all connections have read of heads that are large and not whole. Cheap to clone.
#[derive(Clone, Default)]
pub struct Gathered(Arc<AtomicUsize>);

/// The heads of one connection, seen by who reads it and by who answers. Cheap to clone.
#[derive(Clone)]
pub struct Heads(Rc<State>);

struct State {
    header_timeout: Duration,
    keep_alive: Duration,
    gathered: Gathered,
    /// What of those bytes is this connection's.
    counted: Cell<usize>,
    /// Requests that are being answered: one or none.
    at_work: Cell<usize>,
    /// Bytes since the last request was answered.
    read: Cell<usize>,
    /// Bytes since the one who reads them looked at them.
    in_this_turn: Cell<usize>,
    /// When the next head must be whole.
    due: Cell<Option<Instant>>,
    /// Whether a body of no known length may still come, of which nobody wants to know.
    has_leftovers: Cell<bool>,
}

/// What may be done with a connection from which something could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Read,
    /// What was read has to be looked at before.
    Pause,
    /// Nothing more is taken.
    End(Ended),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    TooLarge,
    /// It is large, and so are too many others.
    TooMany,
    TooSlow,
    /// Nobody knows whether this is a head, so there is nothing to say.
    Unknown,
}

impl Heads {
    pub fn new(header_timeout: Duration, keep_alive: Duration, gathered: Gathered) -> Self {
        Self(Rc::new(State {
            header_timeout,
            keep_alive,
            gathered,
            counted: Cell::default(),
            at_work: Cell::default(),
            read: Cell::default(),
            in_this_turn: Cell::default(),
            due: Cell::default(),
            has_leftovers: Cell::default(),
        }))
    }

    pub fn may_read(&self) -> Turn {
        let state = &*self.0;
        let is_head = state.at_work.get() == 0 && !state.has_leftovers.get();
        let are_many = is_head && state.gathered.0.load(Ordering::Relaxed) > MOST_OF_ALL;
        if state.in_this_turn.get() >= if are_many { SMALL } else { IN_A_TURN } {
            state.in_this_turn.set(0);
            return Turn::Pause;
        }
        if !is_head || state.in_this_turn.get() > 0 {
            return Turn::Read;
        }
        match state.count(state.read.get()) {
            LARGEST.. => Turn::End(Ended::TooLarge),
            SMALL.. if state.gathered.0.load(Ordering::Relaxed) > MOST_OF_ALL => Turn::End(Ended::TooMany),
            _ => Turn::Read,
        }
    }

    pub fn has_read(&self, bytes: usize, now: Instant) {
        let state = &*self.0;
        state.in_this_turn.update(|before| before + bytes);
        if state.at_work.get() > 0 || bytes == 0 {
            return;
        }
        if state.read.get() == 0 && !state.has_leftovers.get() {
            let due = now + state.header_timeout;
            state.due.set(Some(state.due.get().map_or(due, |before| before.min(due))));
        }
        state.read.update(|before| before + bytes);
    }

    /// There is nothing to read; says until when there has to be.
    pub fn has_paused(&self) -> Option<Instant> {
        self.0.in_this_turn.set(0);
        self.0.due.get().filter(|_| self.0.at_work.get() == 0)
    }

    /// What came too late.
    pub fn too_slow(&self) -> Ended {
        match self.0.has_leftovers.get() || self.0.read.get() == 0 {
            true => Ended::Unknown,
            false => Ended::TooSlow,
        }
    }

    /// The request is whole, and is worked at until what this gives is dropped.
    pub fn begin(request: &HttpRequest) -> Option<AtWork> {
        let Self(state) = request.conn_data::<Self>()?;
        state.at_work.update(|before| before + 1);
        state.count(0);
        state.due.set(None);
        state.has_leftovers.set(request.headers().contains_key(header::TRANSFER_ENCODING));
        Some(AtWork(Self(Rc::clone(state))))
    }

    /// The body was read to its end.
    pub(super) fn body_ended(request: &HttpRequest) {
        if let Some(Self(state)) = request.conn_data::<Self>() {
            state.has_leftovers.set(false);
        }
    }
}

impl State {
    /// Counts what has been read of a head that was looked at and is not whole.
    fn count(&self, read: usize) -> usize {
        let large = if read < SMALL { 0 } else { read };
        let before = self.counted.replace(large);
        if large != before {
            self.gathered.0.fetch_add(large, Ordering::Relaxed);
            self.gathered.0.fetch_sub(before, Ordering::Relaxed);
        }
        read
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.count(0);
    }
}

/// A request that is being answered.
pub struct AtWork(Heads);

impl AtWork {
    /// Until all of this is sent.
    pub fn until_sent(self, response: HttpResponse) -> HttpResponse {
        response.map_body(|_, body| BoxBody::new(Sending { body, _at_work: self }))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let state = &*self.0.0;
        state.at_work.update(|before| before - 1);
        state.read.set(0);
        // Some of the next may be here already, and nobody here knows.
        state.due.set(Some(Instant::now() + state.keep_alive + state.header_timeout));
    }
}

struct Sending {
    body: BoxBody,
    _at_work: AtWork,
}

impl MessageBody for Sending {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_pin_mut().poll_next(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn heads() -> Heads {
        Heads::new(10 * SECOND, 30 * SECOND, Gathered::default())
    }

    fn at_work(heads: &Heads) -> AtWork {
        heads.0.at_work.set(1);
        heads.0.due.set(None);
        AtWork(heads.clone())
    }

    /// Reads until it has to pause, and says what it may do then.
    fn read(heads: &Heads, bytes: usize) -> Turn {
        for _ in 0..bytes / 1_024 {
            match heads.may_read() {
                Turn::End(why) => return Turn::End(why),
                Turn::Pause | Turn::Read => heads.has_read(1_024, Instant::now()),
            }
        }
        heads.has_paused();
        heads.may_read()
    }

    #[test]
    fn a_head_is_cut_off_where_it_is_too_large_and_a_body_is_not() {
        let one = heads();
        assert_eq!(read(&one, 20 * 1_024), Turn::Read);
        assert_eq!(read(&one, 20 * 1_024), Turn::End(Ended::TooLarge));

        let one = heads();
        let work = at_work(&one);
        assert_eq!(read(&one, 1_000_000), Turn::Read);
        drop(work);
        assert_eq!(read(&one, 20 * 1_024), Turn::Read);
        one.0.has_leftovers.set(true);
        assert_eq!(read(&one, 1_000_000), Turn::Read, "it may be the rest of a body");
    }

    #[test]
    fn large_heads_have_a_bound_together_and_small_ones_are_read_beyond_it() {
        let all = Gathered::default();
        let new = || Heads::new(10 * SECOND, 30 * SECOND, all.clone());
        let held: Vec<Heads> = (0..=MOST_OF_ALL / (10 * 1_024)).map(|_| new()).collect();
        let turns: Vec<Turn> = held.iter().map(|one| read(one, 10 * 1_024)).collect();
        let (last, others) = turns.split_last().expect("there are many");
        assert!(others.iter().all(|turn| *turn == Turn::Read));
        assert_eq!((*last, read(&new(), 10 * 1_024)), (Turn::End(Ended::TooMany), Turn::End(Ended::TooMany)));
        assert_eq!(read(&new(), 3 * 1_024), Turn::Read);
        let one = new();
        one.has_read(SMALL, Instant::now());
        assert_eq!(one.may_read(), Turn::Pause, "it is looked at before its buffer grows");
        drop(held);
        assert_eq!(all.0.load(Ordering::Relaxed), 0);
        assert_eq!(read(&new(), 10 * 1_024), Turn::Read);
    }

    #[test]
    fn what_was_read_is_looked_at_before_there_is_much_of_it() {
        let one = heads();
        let _work = at_work(&one);
        one.has_read(IN_A_TURN, Instant::now());
        assert_eq!((one.may_read(), one.may_read()), (Turn::Pause, Turn::Read));
    }

    #[test]
    fn every_head_has_its_time_and_an_answer_has_none() {
        let (one, now) = (heads(), Instant::now());
        assert_eq!(one.has_paused(), None, "the library below looks after a connection that is new");
        one.has_read(1, now);
        one.has_read(1, now + SECOND);
        assert_eq!((one.has_paused(), one.too_slow()), (Some(now + 10 * SECOND), Ended::TooSlow));
        let work = at_work(&one);
        one.has_read(1, now);
        assert_eq!(one.has_paused(), None);
        drop(work);
        let next = one.has_paused().expect("the next has its time, too");
        assert!(next >= now + 40 * SECOND);
        assert_eq!(one.too_slow(), Ended::Unknown);
        one.has_read(1, now);
        assert_eq!(one.has_paused(), Some(now + 10 * SECOND));
    }
}
