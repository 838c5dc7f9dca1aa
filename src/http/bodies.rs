//! Bodies under way: the memory that all of them take together has a bound, and one tenant gets a part of it only, so
//! that who sends large ones slowly keeps nobody else from sending.
//!
//! Small ones are not counted: there are only as many of them as there are connections. Who is not signed in has nothing
//! to send that is not small.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::who::Caller;
use crate::base::config::Server;
use crate::base::db::Within;
use crate::base::{Error, Kind, Result};

/// Up to here a body is small.
pub(super) const SMALL: usize = 16 * 1024;

/// What is taken at once, so that a body that grows by little pieces does not ask for each.
const STEP: usize = 64 * 1024;

/// What parts of a JSON text take when it is taken apart, with what the allocator adds. An object has room for eleven
/// members from the beginning, so `{"":0}` takes a hundred times its length.
const OBJECT: usize = 640;
const LIST: usize = 160;
const ITEM: usize = 64;
const QUOTE: usize = 16;

/// One tenant gets this part of the whole.
const SHARES: usize = 4;

/// What may be taken, and what is.
#[derive(Clone)]
pub(super) struct Bodies(Arc<Parts>);

struct Parts {
    most: usize,
    share: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by: HashMap<i64, usize>,
}

impl Bodies {
    /// One body always fits, whatever the configuration says.
    pub fn of(config: &Server) -> Self {
        let bytes = |size: bytesize::ByteSize| usize::try_from(size.as_u64()).unwrap_or(usize::MAX);
        let (most, largest) = (bytes(config.max_bodies), bytes(config.max_body).saturating_add(STEP));
        Self(Arc::new(Parts {
            most: most.max(largest),
            share: (most / SHARES).max(largest),
            taken: Mutex::default(),
        }))
    }

    /// A place for one body, which takes nothing yet.
    pub fn place(&self, caller: &Caller) -> Place {
        Place { bodies: self.clone(), sender: caller.tenant_no().get(), bytes: 0 }
    }

    /// Bytes that bodies take now.
    pub fn taken(&self) -> usize {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

/// What one body takes, until it was answered.
pub(super) struct Place {
    bodies: Bodies,
    /// The number of its tenant.
    sender: i64,
    bytes: usize,
}

impl Place {
    /// Takes what a body of this length needs, or fails when others have it.
    pub fn grow_to(&mut self, length: usize) -> Result<()> {
        if length <= SMALL || length <= self.bytes {
            return Ok(());
        }
        let more = length.next_multiple_of(STEP) - self.bytes;
        let Parts { most, share, taken } = &*self.bodies.0;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by.get(&self.sender).copied().unwrap_or(0);
        if length > *share {
            return Err(Error::new(
                Kind::PayloadTooLarge,
                "The body has more objects and lists than are read at once; send it in parts.",
            ));
        }
        if own + more > *share {
            return Err(Error::unavailable(
                "Too many large bodies of this tenant are under way; send fewer at once, or smaller ones.",
            ));
        }
        if taken.all + more > *most {
            return Err(Error::unavailable("Too many large bodies are under way; try again in a second."));
        }
        taken.all += more;
        taken.by.insert(self.sender, own + more);
        self.bytes += more;
        Ok(())
    }
}

/// What a body takes once it is read and taken apart, at most.
pub(super) fn weight(body: &[u8]) -> usize {
    let parts = body.iter().map(|byte| match byte {
        b'{' => OBJECT,
        b'[' => LIST,
        b',' => ITEM,
        b'"' => QUOTE,
        _ => 0,
    });
    body.len() + parts.sum::<usize>()
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut taken = self.bodies.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= self.bytes;
        let own = taken.by.get(&self.sender).copied().unwrap_or(0);
        match own - self.bytes {
            0 => drop(taken.by.remove(&self.sender)),
            left => drop(taken.by.insert(self.sender, left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config;

    fn bodies(most: &str) -> Bodies {
        let mut config = config::load(None, []).expect("the defaults load").server;
        config.max_bodies = most.parse().expect("a size");
        Bodies::of(&config)
    }

    fn place(bodies: &Bodies, sender: i64) -> Place {
        Place { bodies: bodies.clone(), sender, bytes: 0 }
    }

    #[test]
    fn small_bodies_take_nothing() {
        let bodies = bodies("1 MiB");
        let mut places: Vec<Place> = (0..1_000).map(|_| place(&bodies, 1)).collect();
        places.iter_mut().for_each(|place| place.grow_to(SMALL).expect("it is small"));
        assert_eq!(bodies.taken(), 0);
    }

    #[test]
    fn one_tenant_gets_a_quarter_and_all_together_get_all() {
        let bodies = bodies("16 MiB");
        let mut held = Vec::new();
        for sender in 1..=5 {
            for number in 0..5 {
                let mut place = place(&bodies, sender);
                let grown = place.grow_to(1 << 20);
                assert_eq!(grown.is_ok(), number < 4 && sender < 5, "{number} of {sender}");
                held.push(place);
            }
        }
        assert_eq!(bodies.taken(), 16 << 20);
        held.clear();
        assert_eq!(bodies.taken(), 0);
        assert!(bodies.0.taken.lock().expect("no panic").by.is_empty(), "who sends nothing is forgotten");
    }

    #[test]
    fn a_body_weighs_what_it_takes_when_it_is_taken_apart() {
        let bodies = bodies("16 MiB");
        let members = format!("[{}]", vec![r#"{"":0}"#; 100_000].join(","));
        let refusal = place(&bodies, 1).grow_to(weight(members.as_bytes())).expect_err("it takes 70 MB");
        assert_eq!(refusal.kind(), Kind::PayloadTooLarge);
        let text = format!("{{\"text\":\"{}\"}}", "x".repeat(1_000_000));
        assert!(weight(text.as_bytes()) < 1_001_000);
        place(&bodies, 1).grow_to(weight(text.as_bytes())).expect("it is one large text");
    }

    #[test]
    fn a_body_that_grows_takes_more_as_it_does_and_the_largest_always_fits() {
        let bodies = bodies("0 B");
        let mut one = place(&bodies, 1);
        for length in [SMALL + 1, STEP, STEP + 1, 1 << 20] {
            one.grow_to(length).expect("it fits");
            assert_eq!(bodies.taken(), length.next_multiple_of(STEP));
        }
        let mut other = place(&bodies, 2);
        assert!(other.grow_to(1 << 20).is_err());
        drop(one);
        other.grow_to(1 << 20).expect("there is room again");
    }
}
