//! Random bytes and mutated tokens: whatever comes, nothing panics and nobody gets in.

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use biscuit_auth::{Algorithm, Biscuit, KeyPair, PrivateKey};
use proptest::collection::vec;
use proptest::prelude::*;
use steading::base::db::TenantNo;
use steading::base::{Id, Timestamp};
use steading::kernel::identity::{Ask, Claims, Subject, Tokens};
use steading::kernel::tenants::{Signup, Tenant, TenantState};
use tempfile::TempDir;

use crate::support::narrow;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// The keys of one instance and two tokens of it, as the bytes that they are.
struct Scene {
    identity: Tokens,
    tokens: [Vec<u8>; 2],
    whole: Biscuit,
    block: Vec<u8>,
    tenant: Tenant,
    _keys: TempDir,
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let keys = TempDir::new().expect("a temporary directory");
        let identity = Tokens::open(keys.path()).expect("fresh keys");
        let claims = Claims {
            realm: Id::fresh(),
            subject: Subject::User(Id::fresh()),
            token: Id::fresh(),
            tenant: Some(Id::fresh()),
            is_key: false,
            expires_at: NOW + Duration::from_hours(1),
        };
        let token = identity.mint(claims).expect("a token").token;
        let narrowed = narrow(&token, "check if operation(\"a\"), resource($r), $r.starts_with(\"b\")");
        assert!(identity.verify(&token, NOW).is_ok() && identity.verify(&narrowed, NOW).is_ok());
        let key = std::fs::read_to_string(keys.path().join("1.ed25519")).expect("the key");
        let key = PrivateKey::from_bytes_hex(key.trim(), Algorithm::Ed25519).expect("a key");
        let read = |token: &str| Biscuit::from_base64(token, KeyPair::from(&key).public()).expect("a token");
        let (whole, block) = (read(&token), read(&narrowed).container().to_proto().blocks.remove(0).block);
        let tokens = [token, narrowed].map(|token| BASE64_URL_SAFE.decode(token).expect("base64"));
        Scene { identity, tokens, whole, block, tenant: tenant(), _keys: keys }
    })
}

fn tenant() -> Tenant {
    Tenant {
        number: TenantNo::INSTANCE,
        id: Id::fresh(),
        slug: "acme".into(),
        name: "Acme".into(),
        state: TenantState::Active,
        signup: Signup::Closed,
        limits: Default::default(),
        hosts: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// One thing done to the bytes of a token.
#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Flip(at, mask) => {
                let at = at.index(bytes.len());
                bytes[at] ^= mask;
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Remove(at) => drop(bytes.remove(at.index(bytes.len()))),
            Self::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (any::<prop::sample::Index>(), 1u8..).prop_map(|(at, mask)| Change::Flip(at, mask)),
        1 => any::<prop::sample::Index>().prop_map(Change::Cut),
        1 => any::<prop::sample::Index>().prop_map(Change::Remove),
        2 => (any::<prop::sample::Index>(), vec(any::<u8>(), 1..20)).prop_map(|(at, more)| Change::Insert(at, more)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_words_are_no_token(text in "\\PC{0,300}") {
        prop_assert!(scene().identity.verify(&text, NOW).is_err());
    }

    #[test]
    fn random_bytes_are_no_token(bytes in vec(any::<u8>(), 0..600)) {
        prop_assert!(scene().identity.verify(&BASE64_URL_SAFE.encode(bytes), NOW).is_err());
    }

    /// Whoever holds a token can sign any bytes as its next block.
    #[test]
    fn a_block_of_any_bytes_that_its_holder_signed_never_widens(changes in vec(change(), 1..4)) {
        let mut block = scene().block.clone();
        changes.iter().for_each(|change| change.apply(&mut block));
        let signed = scene().whole.container().append_serialized(&KeyPair::new(), block, None);
        let token = BASE64_URL_SAFE.encode(signed.expect("it is signed").to_vec().expect("bytes"));
        if let Ok(verified) = scene().identity.verify(&token, NOW) {
            prop_assert!(verified.claims.tenant.is_some());
            let ask = Ask { tenant: &scene().tenant, operation: "o", resource: "r", method: "GET", now: NOW };
            // Allowed or not, it comes to an end and does not panic.
            let _ = verified.allows(&ask);
        }
    }

    /// A change may be one that the encoding does not mind, such as a field that nobody knows. Then
    /// the token says what it said.
    #[test]
    fn a_mutated_token_is_refused_or_says_what_it_said(which in 0usize..2, changes in vec(change(), 1..4)) {
        let mut bytes = scene().tokens[which].clone();
        changes.iter().for_each(|change| change.apply(&mut bytes));
        if let Ok(verified) = scene().identity.verify(&BASE64_URL_SAFE.encode(&bytes), NOW) {
            let original = scene().identity.verify(&BASE64_URL_SAFE.encode(&scene().tokens[which]), NOW);
            let original = original.expect("it is good");
            prop_assert_eq!(format!("{:?}", verified.claims), format!("{:?}", original.claims));
        }
    }
}
