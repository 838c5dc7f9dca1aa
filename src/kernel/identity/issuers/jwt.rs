//! Tokens of others, as JWTs: taken apart, and asked whether they are for us and for now. Nothing
//! in one is believed before `keys.rs` has seen its signature.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::super::token::refused;
use super::keys::Algorithm;
use super::model::Issuer;
use crate::base::{Result, Timestamp};

/// The largest that is looked at.
const LARGEST: usize = 8 * 1024;

/// By how much clocks may differ.
pub(super) const SKEW: Duration = Duration::from_secs(60);

const LONGEST_SUBJECT: usize = 255;

pub(super) struct Jwt<'t> {
    pub(super) header: Header,
    pub(super) claims: Claims,
    /// What the signature is over.
    pub(super) signed: &'t [u8],
    pub(super) signature: Vec<u8>,
}

/// What a header says that matters. Keys that it brings along or leads to (`jwk`, `jku`, `x5u`, `x5c`)
/// are not looked at: whoever forges a token would bring his own.
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'t> Jwt<'t> {
    pub(super) fn parse(token: &'t str) -> Result<Self> {
        if token.len() > LARGEST {
            return Err(refused("it is larger than 8 KB"));
        }
        let damaged = || refused("it is no JWT, or a damaged one");
        let parts = token.rsplit_once('.').and_then(|(signed, signature)| {
            let (header, claims) = signed.split_once('.')?;
            Some((signed, decode(header)?, decode(claims)?, decode(signature)?))
        });
        let (signed, header, claims, signature) = parts.ok_or_else(damaged)?;
        let header = serde_json::from_slice::<RawHeader>(&header).map_err(|_| damaged())?.check()?;
        let claims = serde_json::from_slice(&claims).map(Claims).map_err(|_| damaged())?;
        Ok(Self { header, claims, signed: signed.as_bytes(), signature })
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(part).ok()
}

impl RawHeader {
    fn check(self) -> Result<Header> {
        if self.crit.is_some() {
            return Err(refused("it has critical headers (crit), which this server does not know"));
        }
        // An issuer signs other things too, such as notices that somebody signed out.
        let kind = self.typ.as_deref().unwrap_or("JWT");
        let is_token = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known));
        if !is_token {
            return Err(refused("its typ says that it is no token to sign in with"));
        }
        let algorithm = Algorithm::named(&self.alg)
            .ok_or_else(|| refused("its algorithm is not RS256, ES256 or EdDSA"))?;
        Ok(Header { algorithm, kid: self.kid })
    }
}

/// What a token says about its subject.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    pub(super) fn issuer(&self) -> Result<&str> {
        self.text("iss").ok_or_else(|| refused("it does not say who issued it (iss)"))
    }

    /// Whether the token is meant for this tenant, and when it ends.
    pub(super) fn check(&self, issuer: &Issuer, now: Timestamp) -> Result<Timestamp> {
        let is_ours = |audience: &Value| {
            audience.as_str().is_some_and(|aud| issuer.audience.iter().any(|own| own == aud))
        };
        let is_for_us = match self.0.get("aud") {
            Some(Value::Array(many)) => many.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        };
        if !is_for_us {
            return Err(refused("it is for somebody else (aud)"));
        }
        if self.0.contains_key("cnf") {
            return Err(refused("it is bound to a key of its holder (cnf), which this server can't check"));
        }
        self.subject()?;
        let ends =
            self.moment("exp")?.ok_or_else(|| refused("it does not say when it expires (exp)"))? + SKEW;
        if ends <= now {
            return Err(refused("it has expired; get a new one"));
        }
        for name in ["nbf", "iat"] {
            if self.moment(name)?.is_some_and(|begins| begins > now + SKEW) {
                return Err(refused("it is not valid yet; check the clocks"));
            }
        }
        Ok(ends)
    }

    pub(super) fn subject(&self) -> Result<&str> {
        let fits = |subject: &&str| {
            (1..=LONGEST_SUBJECT).contains(&subject.len()) && !subject.chars().any(char::is_control)
        };
        self.text("sub").filter(fits).ok_or_else(|| refused("it does not say whom it is about (sub)"))
    }

    /// When it was issued, if it says so.
    pub(super) fn issued_at(&self) -> Result<Option<Timestamp>> {
        self.moment("iat")
    }

    /// His address, when the issuer made sure that it is his.
    pub(super) fn verified_email(&self) -> Option<&str> {
        self.text("email").filter(|_| self.0.get("email_verified") == Some(&Value::Bool(true)))
    }

    /// How he is called.
    pub(super) fn name(&self) -> Option<&str> {
        self.text("name").or_else(|| self.text("preferred_username"))
    }

    /// The texts of a claim: of this very name, or along the names between the dots.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        let along = || {
            let mut names = name.split('.');
            let first = self.0.get(names.next()?)?;
            names.try_fold(first, |value, name| value.get(name))
        };
        match self.0.get(name).or_else(along) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn moment(&self, name: &str) -> Result<Option<Timestamp>> {
        match self.0.get(name).map(Value::as_f64) {
            None => Ok(None),
            // Far moments come out as the farthest that there is.
            Some(Some(seconds)) => Ok(Some(Timestamp::from_millis((seconds * 1000.0) as i64))),
            Some(None) => Err(refused("its times are no numbers")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::model::IssuerState;
    use super::*;
    use crate::base::Id;

    const NAMES: &[&str] = &[
        "alg", "kid", "typ", "crit", "iss", "sub", "aud", "exp", "nbf", "iat", "name", "email", "cnf", "a.b",
    ];

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            Just(json!("ES256")),
            Just(json!("us")),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                btree_map("[ab]", inner, 0..3).prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    fn object() -> impl Strategy<Value = Value> {
        let name = prop::sample::select(NAMES).prop_map(str::to_owned);
        btree_map(name, value(), 0..10).prop_map(|map| map.into_iter().collect::<Map<_, _>>().into())
    }

    fn issuer() -> Issuer {
        let now = Timestamp::from_millis(0);
        Issuer {
            id: Id::fresh(),
            issuer: "https://us.example".into(),
            audience: vec!["us".into()],
            role: "user".into(),
            role_claim: None,
            roles: BTreeMap::new(),
            jwks_url: None,
            state: IssuerState::Enabled,
            created_at: now,
            updated_at: now,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn any_text_is_refused_and_never_panics(text in "\\PC{0,200}|[A-Za-z0-9_.-]{0,200}") {
            prop_assert!(Jwt::parse(&text).is_err());
        }

        #[test]
        fn any_header_and_claims_are_taken_apart_or_refused(header in object(), claims in object(), now in any::<i64>()) {
            let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
            let token = format!("{}.{}.", encode(&header), encode(&claims));
            if let Ok(jwt) = Jwt::parse(&token) {
                prop_assert!(header["crit"].is_null());
                if jwt.claims.check(&issuer(), Timestamp::from_millis(now)).is_ok() {
                    prop_assert!(claims["exp"].is_number() && claims["sub"].is_string());
                }
                for name in NAMES {
                    jwt.claims.texts(name);
                }
            }
        }
    }
}
