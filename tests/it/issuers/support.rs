//! An issuer on this machine, which signs whatever a test wants signed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::support::{Caller, Elsewhere, Reply, TestApp, authority};

pub const DISCOVERY: &str = "/.well-known/openid-configuration";
pub const KEYS: &str = "/keys";

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// A key and its name.
pub struct Signer {
    pub kid: String,
    key: Key,
}

impl Signer {
    pub fn es256(kid: &str) -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
        Self { kid: kid.into(), key: Key::Ec(key.expect("a key")) }
    }

    pub fn eddsa(kid: &str) -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self { kid: kid.into(), key: Key::Ed(Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("a key")) }
    }

    pub fn rs256(kid: &str) -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/keys/issuer-rsa.pem");
        let made = PrivateKeyDer::from_pem_file(file).expect("a key");
        let key = RsaKeyPair::from_pkcs8(made.secret_der()).expect("a key");
        Self { kid: kid.into(), key: Key::Rsa(Box::new(key)) }
    }

    pub fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "RS256",
            Key::Ec(_) => "ES256",
            Key::Ed(_) => "EdDSA",
        }
    }

    /// As the issuer publishes it.
    pub fn jwk(&self) -> Value {
        let kid = &self.kid;
        match &self.key {
            Key::Rsa(key) => {
                let public: PublicKeyComponents<Vec<u8>> = key.public().into();
                json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": encode(public.n), "e": encode(public.e) })
            }
            Key::Ec(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": encode(x), "y": encode(y) })
            }
            Key::Ed(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": encode(key.public_key().as_ref()) })
            }
        }
    }

    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm(), "kid": self.kid, "typ": "JWT" })
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), claims)
    }

    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&format!("{}.{}", encode(header.to_string()), encode(claims.to_string())))
    }

    pub fn sign_text(&self, signed: &str) -> String {
        let random = SystemRandom::new();
        let signature = match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).expect("it signs");
                signature
            }
            Key::Ec(key) => key.sign(&random, signed.as_bytes()).expect("it signs").as_ref().to_vec(),
            Key::Ed(key) => key.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", encode(signature))
    }
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// An instance with the tenant `acme`, and an issuer that it may call.
pub struct Scene {
    pub app: TestApp,
    pub owner: Caller,
    pub idp: Elsewhere,
    pub signer: Signer,
}

impl Scene {
    /// The issuer is there and nobody trusts it.
    pub async fn untrusted() -> Self {
        let idp = Elsewhere::https().await;
        let destination = idp.destination();
        let app = TestApp::start_with(move |config| {
            config.outbound.allow = vec![destination.parse().expect("a destination")];
            config.outbound.ca_file = authority();
            config.identity.argon2_memory = bytesize::ByteSize::kib(64);
            config.identity.argon2_passes = 1;
        })
        .await;
        let (_, owner) = app.tenant("acme").await;
        let scene = Self { app, owner, idp, signer: Signer::es256("one") };
        let description = json!({ "issuer": scene.issuer(), "jwks_uri": scene.idp.url(KEYS) });
        scene.idp.answers(DISCOVERY, description.to_string());
        scene.publish(&[&scene.signer]);
        scene
    }

    /// `acme` trusts the issuer and gives its users the role `user`.
    pub async fn start() -> Self {
        let scene = Self::untrusted().await;
        scene.trust(json!({})).await;
        scene
    }

    pub fn issuer(&self) -> String {
        self.idp.url("")
    }

    pub fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
        self.idp.answers(KEYS, json!({ "keys": keys }).to_string());
    }

    /// Makes `acme` trust the issuer, with these fields besides, and returns the path of that.
    pub async fn trust(&self, fields: Value) -> String {
        self.trust_as(&self.owner, fields).await.expect(201).path()
    }

    pub async fn trust_as(&self, owner: &Caller, fields: Value) -> Reply {
        let body = json!({ "issuer": self.issuer(), "audience": ["desk"], "role": "user" });
        owner.post("/api/issuers", with(body, fields)).await
    }

    /// Moves the clock, and lets the owner go on with a token of that time.
    pub async fn later(&mut self, span: std::time::Duration) {
        self.app.clock.advance(span);
        self.owner = self.app.later("owner@acme.example", "acme").await;
    }

    /// The seconds since 1970, as tokens count.
    pub fn now(&self) -> i64 {
        self.app.clock.now().seconds()
    }

    /// The claims of a good token.
    pub fn claims(&self, subject: &str) -> Value {
        let now = self.now();
        json!({ "iss": self.issuer(), "aud": "desk", "sub": subject, "iat": now, "exp": now + 3600 })
    }

    /// Somebody with a good token that says this besides.
    pub fn person(&self, subject: &str, claims: Value) -> Caller {
        self.bearer(&self.signer.sign(&with(self.claims(subject), claims)))
    }

    pub fn bearer(&self, token: &str) -> Caller {
        self.app.nobody().with_token(token).in_tenant("acme")
    }

    /// Users of `acme`, by when they came.
    pub async fn users(&self) -> Vec<Value> {
        let list = self.owner.get("/api/users?limit=200").await.expect(200).data();
        let mut users = list.as_array().expect("a list").clone();
        users.sort_by_key(|user| user["id"].as_str().expect("an id").to_owned());
        users
    }

    /// The only user of `acme`.
    pub async fn user(&self) -> Value {
        let mut users = self.users().await;
        assert_eq!(users.len(), 1, "{users:?}");
        users.remove(0)
    }
}

impl Reply {
    /// The path of the issuer in the reply.
    pub fn path(&self) -> String {
        format!("/api/issuers/{}", self.data()["id"].as_str().expect("an id"))
    }
}

/// An object with these fields set; a null takes a field away.
pub fn with(mut object: Value, fields: Value) -> Value {
    let target = object.as_object_mut().expect("an object");
    for (name, value) in fields.as_object().expect("fields").clone() {
        match value {
            Value::Null => drop(target.remove(&name)),
            value => drop(target.insert(name, value)),
        }
    }
    object
}

/// A route that every user of a tenant may call.
pub const ROUTE: &str = "/api/requests";

#[track_caller]
pub fn expect_reason(reply: Reply, status: u16, reason: &str) {
    let reply = reply.expect(status);
    assert!(reply.message().contains(reason), "{reason:?} is not in {:?}", reply.message());
}
