//! The manifest: what a backup says of itself. It is the last but one part of the file and covers every other
//! part, piece by piece, so that damage is found and it is said where.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::Timestamp;

/// The form of the file. A binary reads those up to its own.
pub const FORMAT: u32 = 1;

/// Bytes that one hash covers beside the one over the whole.
pub const PIECE: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub format: u32,
    pub contents: Contents,
    /// The moment as of which everything is.
    pub made_at: Timestamp,
    /// The version of the binary that made it.
    pub version: String,
    pub schema_version: u32,
    pub instance: Origin,
    /// The database as it is unpacked.
    pub database: Whole,
    /// Every other part, in the order in which they lie in the file.
    pub parts: Vec<Part>,
}

/// What is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "BackupContents")]
pub enum Contents {
    /// The database and the signing keys.
    Instance,
    /// What one tenant has.
    Tenant { id: String, slug: String },
}

/// Where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Empty when it has none.
    pub public_url: String,
    /// The public halves of its signing keys: whoever has the same honours the same tokens.
    pub public_keys: Vec<String>,
}

/// A size and a hash over all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whole {
    pub bytes: u64,
    pub sha256: String,
}

/// One part as it lies in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    pub name: String,
    #[serde(flatten)]
    pub whole: Whole,
    /// A hash over each piece.
    pub pieces: Vec<String>,
}

/// Hashes what passes, whole and piece by piece.
#[derive(Default)]
pub(super) struct Meter {
    whole: Sha256,
    piece: Sha256,
    in_piece: usize,
    bytes: u64,
    pieces: Vec<String>,
}

impl Meter {
    pub(super) fn pass(&mut self, mut bytes: &[u8]) {
        self.whole.update(bytes);
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.in_piece));
            self.piece.update(now);
            self.in_piece += now.len();
            if self.in_piece == PIECE {
                self.end_piece();
            }
            bytes = later;
        }
    }

    fn end_piece(&mut self) {
        self.pieces.push(hex(&self.piece.finalize_reset()));
        self.in_piece = 0;
    }

    pub(super) fn into_part(mut self, name: &str) -> Part {
        if self.in_piece > 0 {
            self.end_piece();
        }
        let whole = Whole { bytes: self.bytes, sha256: hex(&self.whole.finalize()) };
        Part { name: name.into(), whole, pieces: self.pieces }
    }
}

/// The hash of some bytes, in hexadecimal.
pub(super) fn hash_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into memory can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_hashed_however_the_bytes_come() {
        let bytes: Vec<u8> = (0..PIECE * 2 + 5).map(|at| at as u8).collect();
        let part = |step: usize| {
            let mut meter = Meter::default();
            bytes.chunks(step).for_each(|some| meter.pass(some));
            meter.into_part("a")
        };
        let whole = part(bytes.len());
        assert_eq!(whole, part(4_099));
        assert_eq!(whole.pieces.len(), 3);
        assert_eq!(whole.pieces[2], hash_of(&bytes[PIECE * 2..]));
        assert_eq!(whole.whole, Whole { bytes: bytes.len() as u64, sha256: hash_of(&bytes) });
    }
}
