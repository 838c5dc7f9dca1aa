//! Signing keys: Ed25519, one file each in the data directory, readable by its owner only.
//!
//! The newest signs; all of them verify, so a rotation signs nobody out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use biscuit_auth::builder::Algorithm;
use biscuit_auth::{Biscuit, BiscuitBuilder, KeyPair, PrivateKey, PublicKey};

use schemars::JsonSchema;
use serde::Serialize;

use super::damaged;
use crate::base::{Error, Kind, Result, secret_file};

const EXTENSION: &str = "ed25519";

pub(super) struct SigningKeys {
    folder: PathBuf,
    /// By id; the last is the newest.
    pairs: RwLock<BTreeMap<u32, KeyPair>>,
}

/// A key that others can verify our tokens with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublishedKey {
    /// The id that tokens name.
    pub id: u32,
    pub algorithm: &'static str,
    /// The 32 bytes of the key, in hexadecimal.
    pub public_key: String,
    /// Whether new tokens are signed with it.
    pub signs: bool,
}

impl SigningKeys {
    /// Reads every key of the folder, and makes the first when there is none.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let mut pairs = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(|error| unusable(folder, error))? {
            let path = entry.map_err(|error| unusable(folder, error))?.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION) {
                let (id, pair) = read_key(&path)?;
                pairs.insert(id, pair);
            }
        }
        if pairs.is_empty() {
            let pair = KeyPair::new();
            write_key(&folder.join(format!("1.{EXTENSION}")), &pair)?;
            pairs.insert(1, pair);
        }
        Ok(Self { folder: folder.to_owned(), pairs: RwLock::new(pairs) })
    }

    /// Makes a new key and signs with it from now on. The older ones go on verifying.
    pub(super) fn rotate(&self) -> Result<u32> {
        let mut pairs = self.pairs.write().unwrap_or_else(PoisonError::into_inner);
        let id = pairs.last_key_value().map_or(1, |(newest, _)| newest + 1);
        let pair = KeyPair::new();
        write_key(&self.folder.join(format!("{id}.{EXTENSION}")), &pair)?;
        pairs.insert(id, pair);
        Ok(id)
    }

    /// What others need to verify our tokens.
    pub(super) fn published(&self) -> Vec<PublishedKey> {
        let pairs = self.read();
        let newest = pairs.last_key_value().map(|(id, _)| *id);
        let publish = |(id, pair): (&u32, &KeyPair)| PublishedKey {
            id: *id,
            algorithm: "ed25519",
            public_key: pair.public().to_bytes_hex(),
            signs: Some(*id) == newest,
        };
        pairs.iter().map(publish).collect()
    }

    /// Signs what `build` puts into the first block.
    pub(super) fn sign(
        &self,
        build: impl FnOnce(BiscuitBuilder) -> Result<BiscuitBuilder, biscuit_auth::error::Token>,
    ) -> Result<Biscuit> {
        let pairs = self.read();
        let (id, newest) =
            pairs.last_key_value().ok_or_else(|| Error::internal("there is no signing key"))?;
        let builder = build(Biscuit::builder()).map_err(Error::internal)?;
        builder.root_key_id(*id).build(newest).map_err(Error::internal)
    }

    /// The token, when one of these keys signed it.
    pub(super) fn verify(&self, token: &[u8]) -> Result<Biscuit> {
        let choose = |id: Option<u32>| -> Result<PublicKey, biscuit_auth::error::Format> {
            id.and_then(|id| self.read().get(&id).map(KeyPair::public))
                .ok_or(biscuit_auth::error::Format::UnknownPublicKey)
        };
        Biscuit::from(token, choose).map_err(|_| damaged())
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<u32, KeyPair>> {
        self.pairs.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_key(path: &Path) -> Result<(u32, KeyPair)> {
    let damaged = || {
        Error::new(
            Kind::Internal,
            format!(
                "The signing key {} can't be read; restore it from a backup, or move it away to \
                     sign everybody out and start with a new one.",
                path.display()
            ),
        )
    };
    let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
    let text = fs::read_to_string(path).map_err(|error| damaged().caused_by(error))?;
    let key = PrivateKey::from_bytes_hex(text.trim(), Algorithm::Ed25519).map_err(|_| damaged())?;
    Ok((id.ok_or_else(damaged)?, KeyPair::from(&key)))
}

fn write_key(path: &Path, pair: &KeyPair) -> Result<()> {
    secret_file::write(path, &pair.private().to_bytes_hex()).map_err(|error| unusable(path, error))
}

fn unusable(path: &Path, error: std::io::Error) -> Error {
    Error::unavailable(format!("{} can't be used; check that it exists and belongs to you.", path.display()))
        .caused_by(error)
}
