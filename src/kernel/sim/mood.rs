//! The mood of a play: what happens often in it, and what seldom. Where everything is mixed alike in each play, a few
//! things that must come together come together nowhere: a rate is kept between two deaths that lie too near.

use fastrand::Rng;

/// How many quarters of its usual share an act has in a play, one as likely as another.
const SHARES: [u32; 6] = [1, 2, 4, 4, 4, 12];
const USUAL: u32 = 4;

/// How far an act may be from its usual share.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leeway {
    /// It is tried as often in every play.
    None,
    /// It may be rare.
    Less,
    Any,
}

/// Of how many deaths, stops and failures of the disk one comes to pass.
const CALM: [u32; 4] = [1, 1, 6, 40];

#[derive(Debug)]
pub(super) struct Mood {
    acts: Vec<u32>,
    calm: u32,
}

impl Mood {
    /// Of the acts by how often they are usually tried.
    pub(super) fn of(rng: &mut Rng, acts: impl Iterator<Item = (u32, Leeway)>) -> Self {
        let share = |(often, leeway)| {
            let drawn = SHARES[rng.usize(..SHARES.len())];
            let share = match leeway {
                Leeway::None => USUAL,
                Leeway::Less => drawn.min(USUAL),
                Leeway::Any => drawn,
            };
            often * share
        };
        Self { acts: acts.map(share).collect(), calm: CALM[rng.usize(..CALM.len())] }
    }

    /// The place of the act that comes next.
    pub(super) fn next(&self, rng: &mut Rng) -> usize {
        let mut chance = rng.u32(..self.acts.iter().sum::<u32>());
        let is_it = |often: &u32| match chance.checked_sub(*often) {
            Some(left) => {
                chance = left;
                false
            }
            None => true,
        };
        self.acts.iter().position(is_it).expect("the chance is less than all together")
    }

    /// Whether something bad comes to pass that would.
    pub(super) fn is_hit(&self, rng: &mut Rng) -> bool {
        rng.u32(..self.calm) == 0
    }
}
