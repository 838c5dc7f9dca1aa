//! Hashing: argon2id, in memory that is kept from one password to the next while more of them wait,
//! and then goes back to the system.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::base::{Error, Result};

/// The allocator of glibc takes what is smaller from heaps that it keeps, and grows them when memory
/// must be aligned: a crowd that had signed in left 200 MB behind. What is larger it maps and gives
/// back. The part of it that is never touched costs nothing.
const ALWAYS_MAPPED: usize = 32 * 1024 * 1024;

/// The memory that a password is hashed in. To fill it with zeros takes a fifth of the time of a hash,
/// so one who has many to hash keeps it.
#[derive(Default)]
pub(super) struct Space(Vec<Block>);

impl Space {
    fn of(&mut self, blocks: usize) -> Result<&mut [Block]> {
        let room = blocks.max(ALWAYS_MAPPED / Block::SIZE + 1);
        self.0.try_reserve_exact(room.saturating_sub(self.0.len())).map_err(|_| {
            Error::unavailable("There is no memory to hash a password with; try again in a second.")
        })?;
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        Ok(&mut self.0[..blocks])
    }
}

/// The hash of a password, as it is stored.
pub(super) fn hash(hasher: &Argon2<'_>, password: &[u8], space: &mut Space) -> Result<String> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(Error::internal)?;
    let made = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(hasher.params()).map_err(internal)?,
        salt: Some(Salt::new(&salt).map_err(internal)?),
        hash: Some(output_of(hasher, password, &salt, space)?),
    };
    Ok(made.to_string())
}

/// Whether a password is the one that was hashed.
pub(super) fn verify(password: &[u8], stored: &str, space: &mut Space) -> bool {
    is_right(password, stored, space).unwrap_or(false)
}

fn is_right(password: &[u8], stored: &str, space: &mut Space) -> Option<bool> {
    let stored = PasswordHash::new(stored).ok()?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
    let version = Version::try_from(stored.version?).ok()?;
    let hasher = Argon2::new(algorithm, version, Params::try_from(&stored).ok()?);
    let output = output_of(&hasher, password, stored.salt.as_ref()?, space).ok()?;
    // This comparison takes as long whatever it finds.
    Some(output == stored.hash?)
}

/// Whether a stored hash was made with other parameters than this hasher's.
pub(super) fn is_stale(hasher: &Argon2<'_>, stored: &str) -> bool {
    let used = PasswordHash::new(stored).ok().and_then(|hash| Params::try_from(&hash).ok());
    used.is_none_or(|used| {
        let now = hasher.params();
        (used.m_cost(), used.t_cost(), used.p_cost()) != (now.m_cost(), now.t_cost(), now.p_cost())
    })
}

fn output_of(hasher: &Argon2<'_>, password: &[u8], salt: &[u8], space: &mut Space) -> Result<Output> {
    let mut output = [0u8; Params::DEFAULT_OUTPUT_LEN];
    let blocks = space.of(hasher.params().block_count())?;
    hasher.hash_password_into_with_memory(password, salt, &mut output, blocks).map_err(internal)?;
    Output::new(&output).map_err(internal)
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &[u8] = b"a rather long sentence";

    fn hasher(memory: u32) -> Argon2<'static> {
        let params = Params::new(memory, 1, 1, None).expect("argon2 accepts them");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }

    fn hashed(memory: u32) -> String {
        hash(&hasher(memory), PASSWORD, &mut Space::default()).expect("it is hashed")
    }

    fn is_good(password: &[u8], stored: &str) -> bool {
        verify(password, stored, &mut Space::default())
    }

    #[test]
    fn only_the_password_itself_is_right() {
        let stored = hashed(64);
        assert!(is_good(PASSWORD, &stored));
        for wrong in ["a rather long sentencE", "a rather long sentence ", ""] {
            assert!(!is_good(wrong.as_bytes(), &stored), "{wrong}");
        }
        assert!(!is_good(PASSWORD, &stored[..stored.len() - 1]));
        assert!(!is_good(PASSWORD, "no hash"));
    }

    /// By the reference implementation, in C.
    #[test]
    fn what_other_implementations_hashed_is_right() {
        let stored =
            "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQxNmJ5dGVzIQ$ClTKio6SyFwC2IW4UGQgdKJa5P00YXTy4ei+1QmcOvI";
        assert!(is_good(PASSWORD, stored));
        assert!(!is_good(b"another sentence", stored));
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        assert_ne!(hashed(64), hashed(64));
    }

    #[test]
    fn a_space_that_others_left_changes_nothing() {
        let mut space = Space::default();
        for memory in [256, 64, 512] {
            let stored = hash(&hasher(memory), PASSWORD, &mut space).expect("it is hashed");
            assert!(is_good(PASSWORD, &stored));
            assert!(verify(PASSWORD, &stored, &mut space) && !verify(b"another", &stored, &mut space));
        }
    }

    #[test]
    fn a_hash_with_other_parameters_is_stale() {
        let stored = hashed(64);
        assert!(!is_stale(&hasher(64), &stored));
        assert!(is_stale(&hasher(128), &stored));
        assert!(is_good(PASSWORD, &stored));
    }
}
