//! The keys of an issuer. A key knows the one algorithm that it is for, so a token can't talk it
//! into another; secrets that both sides know, and `none`, are no algorithms here.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use super::jwt::{Header, Jwt};

/// More keys than any issuer needs at once.
const MOST_KEYS: usize = 64;

/// A larger RSA key would take too long for a token that may be rubbish.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    material: Material,
}

#[derive(Debug, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Point(Vec<u8>),
}

impl Key {
    pub(super) fn has_signed(&self, jwt: &Jwt<'_>) -> bool {
        let verified = match (&self.material, self.algorithm) {
            (Material::Rsa { modulus, exponent }, Algorithm::Rs256) => {
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(
                    &RSA_PKCS1_2048_8192_SHA256,
                    jwt.signed,
                    &jwt.signature,
                )
            }
            (Material::Point(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(jwt.signed, &jwt.signature)
            }
            (Material::Point(point), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&ED25519, point).verify(jwt.signed, &jwt.signature)
            }
            _ => return false,
        };
        jwt.header.algorithm == self.algorithm && verified.is_ok()
    }
}

/// The key that a token names. One that names none is of the only key of its algorithm.
pub(super) fn choose<'k>(keys: &'k [Key], header: &Header) -> Option<&'k Key> {
    let mut fitting = keys.iter().filter(|key| key.algorithm == header.algorithm);
    match &header.kid {
        Some(kid) => fitting.find(|key| key.kid.as_ref() == Some(kid)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// A key as it is published; what it says beyond this does not matter.
#[derive(Deserialize)]
struct Published {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys of a set that tokens can be verified with; others are left aside.
pub(super) fn read_keys(body: &[u8]) -> Result<Vec<Key>, String> {
    let set: KeySet = serde_json::from_slice(body).map_err(|_| "its key set is none".to_owned())?;
    if set.keys.len() > MOST_KEYS {
        return Err(format!("it has more than {MOST_KEYS} keys"));
    }
    let read = |key: Value| serde_json::from_value::<Published>(key).ok()?.read();
    let keys: Vec<Key> = set.keys.into_iter().filter_map(read).collect();
    if keys.is_empty() { Err("it has no key for RS256, ES256 or EdDSA".into()) } else { Ok(keys) }
}

impl Published {
    fn read(self) -> Option<Key> {
        let is_for_signing = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        let (algorithm, material) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => (Algorithm::Rs256, self.rsa()?),
            ("EC", Some("P-256")) => {
                let (x, y) = (coordinate(self.x.as_deref()?)?, coordinate(self.y.as_deref()?)?);
                (Algorithm::Es256, Material::Point([&[4][..], &x, &y].concat()))
            }
            ("OKP", Some("Ed25519")) => (Algorithm::EdDsa, Material::Point(coordinate(self.x.as_deref()?)?)),
            _ => return None,
        };
        let is_for_this = self.alg.as_deref().is_none_or(|alg| Algorithm::named(alg) == Some(algorithm));
        (is_for_signing && is_for_this).then_some(Key { kid: self.kid, algorithm, material })
    }

    fn rsa(&self) -> Option<Material> {
        let number = |text: &Option<String>| {
            let bytes = decode(text.as_deref()?)?;
            Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>())
        };
        let (modulus, exponent) = (number(&self.n)?, number(&self.e)?);
        RSA_BYTES.contains(&modulus.len()).then_some(Material::Rsa { modulus, exponent })
    }
}

fn coordinate(text: &str) -> Option<Vec<u8>> {
    decode(text).filter(|bytes| bytes.len() == 32)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}
