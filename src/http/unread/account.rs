//! The account: what is stalled, of whom, and since when.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use bytesize::ByteSize;
use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use super::CutOff;
use crate::base::config::Server;
use crate::base::network::neighbourhood;
use crate::base::{Error, Result, memory};

/// One address gets this part of the whole.
const SHARES: usize = 4;

/// No more than this part of the machine's memory, whatever the configuration says.
const PART_OF_MEMORY: u64 = 8;

/// Who took something within this time is no reason to let another wait for his room.
const LATELY: Duration = Duration::from_secs(1);

/// All that is stalled. Cheap to clone.
#[derive(Clone)]
pub struct Unread(Arc<Parts>);

struct Parts {
    most: usize,
    share: usize,
    stalled: Mutex<Stalled>,
}

#[derive(Default)]
struct Stalled {
    bytes: usize,
    by: HashMap<u64, Entry>,
    next: u64,
    /// Connections that were cut off, since the beginning.
    cut: u64,
    /// Whether the log has said so since there was room for all.
    is_told: bool,
}

struct Entry {
    address: Option<IpAddr>,
    bytes: usize,
    since: Instant,
    waker: Arc<AtomicWaker>,
}

impl Unread {
    pub fn of(config: &Server) -> Self {
        let part = memory::memory().map_or(u64::MAX, |memory| memory.total / PART_OF_MEMORY);
        Self::with(config.max_bodies.min(ByteSize(part)))
    }

    fn with(most: ByteSize) -> Self {
        let most = usize::try_from(most.as_u64()).unwrap_or(usize::MAX);
        Self(Arc::new(Parts { most, share: most / SHARES, stalled: Mutex::default() }))
    }

    /// Bytes that nobody takes now, and how many connections were cut off.
    pub(in crate::http) fn figures(&self) -> (usize, u64) {
        let stalled = self.stalled();
        (stalled.bytes, stalled.cut)
    }

    /// Whether the room was too small for all since there was nobody who took too little.
    pub(in crate::http) fn was_short(&self) -> bool {
        self.stalled().is_told
    }

    /// Fails when nobody could be cut off for a reply of this length, as those who have the room take what they asked for.
    pub(super) fn must_have_room(&self, address: Option<IpAddr>, length: usize) -> Result<()> {
        let (mut stalled, Parts { most, share, .. }) = (self.stalled(), &*self.0);
        let address = address.map(neighbourhood);
        let is_full = |whose: Whose, most: usize| {
            let (bytes, oldest) = stalled.of(whose);
            let is_lately = |number| stalled.by[&number].since.elapsed() < LATELY;
            bytes + length > most && oldest.is_some_and(is_lately)
        };
        if is_full(Whose::All, *most) || address.is_some_and(|one| is_full(Whose::Of(one), *share)) {
            stalled.tell_once(address, *most);
            return Err(Error::unavailable(
                "Too many large replies are on their way to those who take them slowly; try again in a second.",
            ));
        }
        Ok(())
    }

    pub(super) fn begin(&self, address: Option<IpAddr>, now: Instant) -> Stall {
        let (address, waker) = (address.map(neighbourhood), Arc::new(AtomicWaker::new()));
        let mut stalled = self.stalled();
        let number = stalled.next;
        stalled.next += 1;
        stalled.by.insert(number, Entry { address, bytes: 0, since: now, waker: Arc::clone(&waker) });
        Stall { unread: self.clone(), number, waker }
    }

    fn stalled(&self) -> MutexGuard<'_, Stalled> {
        self.0.stalled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection that could not write.
pub(super) struct Stall {
    unread: Unread,
    number: u64,
    waker: Arc<AtomicWaker>,
}

impl Stall {
    /// It holds so much now, and since when it was seen to take something, if it was.
    pub(super) fn weighs(
        &self,
        bytes: usize,
        since: Option<Instant>,
        context: &Context<'_>,
    ) -> Result<(), CutOff> {
        self.waker.register(context.waker());
        let Parts { most, share, .. } = &*self.unread.0;
        let mut stalled = self.unread.stalled();
        if let Some(entry) = stalled.by.get_mut(&self.number) {
            let (before, address) = (entry.bytes, entry.address);
            (entry.bytes, entry.since) = (bytes, since.unwrap_or(entry.since));
            stalled.bytes = stalled.bytes - before + bytes;
            if bytes > before {
                if let Some(address) = address {
                    stalled.cut_down(Whose::Of(address), *share);
                }
                stalled.cut_down(Whose::All, *most);
            }
        }
        match stalled.by.contains_key(&self.number) {
            true => Ok(()),
            false => Err(CutOff),
        }
    }
}

impl Drop for Stall {
    fn drop(&mut self) {
        self.unread.stalled().remove(self.number);
    }
}

#[derive(Clone, Copy)]
enum Whose {
    Of(IpAddr),
    All,
}

impl Stalled {
    /// How much they hold, and which of them took something the longest ago.
    fn of(&self, whose: Whose) -> (usize, Option<u64>) {
        let is_meant = |entry: &Entry| match whose {
            Whose::Of(address) => entry.address == Some(address),
            Whose::All => true,
        };
        let meant = self.by.iter().filter(|(_, entry)| is_meant(entry));
        let bytes = meant.clone().map(|(_, entry)| entry.bytes).sum();
        let oldest = meant.min_by_key(|(number, entry)| (entry.since, **number));
        (bytes, oldest.map(|(number, _)| *number))
    }

    /// Cuts the oldest off until they hold no more than this, or only one is left.
    fn cut_down(&mut self, whose: Whose, most: usize) {
        loop {
            let (bytes, oldest) = self.of(whose);
            let Some(oldest) = oldest else { return };
            if bytes <= most || self.by[&oldest].bytes == bytes {
                return;
            }
            let Some(entry) = self.remove(oldest) else { return };
            self.cut += 1;
            entry.waker.wake();
            self.tell_once(entry.address, most);
        }
    }

    fn tell_once(&mut self, address: Option<IpAddr>, most: usize) {
        if !self.is_told {
            self.is_told = true;
            tracing::warn!(
                address = address.map(tracing::field::display),
                most,
                "replies that nobody takes fill the memory that there is for them; who takes least is cut off"
            );
        }
    }

    fn remove(&mut self, number: u64) -> Option<Entry> {
        let entry = self.by.remove(&number)?;
        self.bytes -= entry.bytes;
        self.is_told &= !self.by.is_empty();
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn unread(most: u64) -> Unread {
        Unread::with(ByteSize(most))
    }

    fn at(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    fn weigh(stall: &Stall, bytes: usize) -> Result<(), CutOff> {
        stall.weighs(bytes, None, &Context::from_waker(Waker::noop()))
    }

    #[test]
    fn past_the_bound_who_took_something_the_longest_ago_is_cut_off() {
        let (unread, now) = (unread(100), Instant::now());
        let stalls: Vec<_> = (0..5).map(|number| unread.begin(at(number), now)).collect();
        assert!(stalls[..4].iter().all(|stall| weigh(stall, 25).is_ok()));
        assert_eq!(unread.figures(), (100, 0));
        let later = now + Duration::from_secs(5);
        stalls[0]
            .weighs(25, Some(later), &Context::from_waker(Waker::noop()))
            .expect("there is room for as much");
        weigh(&stalls[4], 20).expect("it has just begun");
        let are_left = stalls.iter().map(|stall| unread.stalled().by.contains_key(&stall.number));
        assert_eq!(are_left.collect::<Vec<_>>(), [true, false, true, true, true]);
        assert_eq!(weigh(&stalls[1], 1), Err(CutOff));
        assert_eq!(unread.figures(), (95, 1));
        drop(stalls);
        assert_eq!(unread.figures(), (0, 1));
    }

    #[test]
    fn an_address_has_its_part_and_a_proxy_that_is_trusted_all() {
        let (unread, now) = (unread(100), Instant::now());
        let others = unread.begin(at(2), now);
        weigh(&others, 25).expect("it fits");
        let own: Vec<_> = (0..3).map(|_| unread.begin(at(1), now)).collect();
        let are_kept: Vec<_> = own.iter().map(|stall| weigh(stall, 15).is_ok()).collect();
        assert_eq!(
            (are_kept, weigh(&own[1], 15)),
            (vec![true; 3], Err(CutOff)),
            "each took the place of one before"
        );
        weigh(&others, 25).expect("another has his own");
        let proxied: Vec<_> = (0..4).map(|_| unread.begin(None, now)).collect();
        assert!(proxied.iter().all(|stall| weigh(stall, 15).is_ok()));
        assert_eq!(unread.figures(), (100, 2));
    }

    #[test]
    fn the_last_that_is_left_is_never_cut_off() {
        let unread = unread(100);
        let (first, second) = (unread.begin(HERE, Instant::now()), unread.begin(HERE, Instant::now()));
        weigh(&first, 1_000).expect("it is alone");
        weigh(&second, 2_000).expect("it is alone again");
        assert_eq!((weigh(&first, 1_000), unread.figures()), (Err(CutOff), (2_000, 1)));
    }

    #[test]
    fn where_nobody_could_be_cut_off_a_large_reply_is_refused() {
        let (unread, now) = (unread(100), Instant::now());
        unread.must_have_room(HERE, 1_000).expect("nobody has any");
        let slow = unread.begin(HERE, now);
        weigh(&slow, 20).expect("it fits");
        unread.must_have_room(HERE, 5).expect("it fits");
        let refusal = unread.must_have_room(HERE, 6).expect_err("it was taken lately");
        assert_eq!(refusal.retry_after(), Some(Duration::from_secs(1)));
        assert!(unread.was_short());
        unread.must_have_room(at(2), 25).expect("another has his own part");
        unread.must_have_room(at(2), 81).expect_err("all together have no more");
        slow.weighs(20, Some(now - LATELY), &Context::from_waker(Waker::noop())).expect("it fits");
        unread.must_have_room(HERE, 1_000).expect("he makes room");
    }
}
