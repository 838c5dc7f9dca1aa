//! Tokens that let nobody in, each with its reason; none of them makes a user.

use ring::hmac;
use serde_json::{Value, json};

use super::support::{KEYS, ROUTE, Scene, Signer, encode, expect_reason, with};

/// Refuses a token, for this reason, twice: the second time it might be remembered as good.
async fn refuse(scene: &Scene, token: &str, reason: &str) {
    for _ in 0..2 {
        expect_reason(scene.bearer(token).get(ROUTE).await, 401, reason);
    }
}

async fn finish(scene: &Scene) {
    assert_eq!(scene.users().await.len(), 0);
    scene.person("ada", json!({})).get(ROUTE).await.expect(200);
}

#[actix_web::test]
async fn headers_that_are_not_right() {
    let scene = Scene::start().await;
    let other = Signer::es256("one");
    let own_key =
        json!({ "jwk": other.jwk(), "jku": "https://evil.example/keys", "x5u": "https://evil.example/c" });
    for (header, reason) in [
        (json!({ "alg": "none" }), "algorithm"),
        (json!({ "alg": "None" }), "algorithm"),
        (json!({ "alg": "HS256" }), "algorithm"),
        (json!({ "alg": "RS384" }), "algorithm"),
        (json!({ "alg": "PS256" }), "algorithm"),
        (json!({ "alg": "ES256K" }), "algorithm"),
        (json!({ "alg": "es256" }), "algorithm"),
        (json!({ "alg": "" }), "algorithm"),
        (json!({ "alg": 7 }), "no JWT"),
        (json!({ "alg": null }), "no JWT"),
        (json!({ "alg": "RS256" }), "no key of this name"),
        (json!({ "alg": "EdDSA" }), "no key of this name"),
        (json!({ "kid": "two" }), "no key of this name"),
        (json!({ "kid": "" }), "no key of this name"),
        (json!({ "kid": "../../dev/null" }), "no key of this name"),
        (json!({ "kid": 1 }), "no JWT"),
        (json!({ "crit": ["b64"], "b64": false }), "crit"),
        (json!({ "crit": [] }), "crit"),
        (json!({ "typ": "logout+jwt" }), "typ"),
        (json!({ "typ": "secevent+jwt" }), "typ"),
        (json!({ "typ": "dpop+jwt" }), "typ"),
    ] {
        let header = with(scene.signer.header(), header);
        refuse(&scene, &scene.signer.sign_with(&header, &scene.claims("ada")), reason).await;
    }
    // A key that the token brings along is not looked at, wherever it stands.
    let header = with(other.header(), own_key);
    refuse(&scene, &other.sign_with(&header, &scene.claims("ada")), "signature").await;
    finish(&scene).await;
}

#[actix_web::test]
async fn claims_that_are_not_right() {
    let scene = Scene::start().await;
    let (now, issuer) = (scene.now(), scene.issuer());
    for (claims, reason) in [
        (json!({ "iss": null }), "(iss)"),
        (json!({ "iss": 1 }), "(iss)"),
        (json!({ "iss": format!("{issuer}/") }), "trusts no issuer"),
        (json!({ "iss": issuer.to_uppercase() }), "trusts no issuer"),
        (json!({ "iss": "https://other.example" }), "trusts no issuer"),
        (json!({ "aud": "other" }), "(aud)"),
        (json!({ "aud": null }), "(aud)"),
        (json!({ "exp": null }), "(exp)"),
        (json!({ "exp": now - 61 }), "expired"),
        (json!({ "exp": 0 }), "expired"),
        (json!({ "exp": -1e300 }), "expired"),
        (json!({ "exp": "tomorrow" }), "no numbers"),
        (json!({ "exp": [now + 100] }), "no numbers"),
        (json!({ "nbf": now + 1000 }), "not valid yet"),
        (json!({ "iat": now + 1000 }), "not valid yet"),
        (json!({ "iat": true }), "no numbers"),
        (json!({ "sub": null }), "(sub)"),
        (json!({ "sub": "" }), "(sub)"),
        (json!({ "sub": 17 }), "(sub)"),
        (json!({ "sub": "a\u{0}b" }), "(sub)"),
        (json!({ "sub": "a".repeat(256) }), "(sub)"),
        (json!({ "cnf": { "jkt": "x" } }), "(cnf)"),
    ] {
        refuse(&scene, &scene.signer.sign(&with(scene.claims("ada"), claims)), reason).await;
    }
    finish(&scene).await;
}

#[actix_web::test]
async fn signatures_that_are_not_right() {
    let scene = Scene::start().await;
    let claims = scene.claims("ada");
    let good = scene.signer.sign(&claims);
    let (signed, signature) = good.rsplit_once('.').expect("a signature");
    refuse(&scene, &Signer::es256("one").sign(&claims), "signature").await;
    refuse(&scene, &format!("{signed}."), "signature").await;
    refuse(&scene, &format!("{signed}.{}", encode([0; 64])), "signature").await;
    refuse(&scene, &format!("{signed}.{}", &signature[..signature.len() - 2]), "signature").await;
    // The same signature under other claims, and under another header.
    let (header, _) = signed.split_once('.').expect("two parts");
    let others = encode(with(claims.clone(), json!({ "sub": "eve" })).to_string());
    refuse(&scene, &format!("{header}.{others}.{signature}"), "signature").await;
    let header = encode(with(scene.signer.header(), json!({ "x": 1 })).to_string());
    refuse(&scene, &format!("{header}.{}.{signature}", encode(claims.to_string())), "signature").await;
    finish(&scene).await;
}

/// What the issuer publishes for one algorithm is no secret of another.
#[actix_web::test]
async fn a_public_key_is_no_shared_secret() {
    let scene = Scene::start().await;
    let rsa = Signer::rs256("one");
    scene.publish(&[&rsa]);
    let public = rsa.jwk();
    for secret in [public["n"].as_str().expect("a number").to_owned(), public.to_string()] {
        for algorithm in ["HS256", "RS256", "ES256", "EdDSA"] {
            let header = json!({ "alg": algorithm, "kid": "one" });
            let signed =
                format!("{}.{}", encode(header.to_string()), encode(scene.claims("ada").to_string()));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
            let reply = scene.bearer(&format!("{signed}.{}", encode(tag))).get(ROUTE).await;
            reply.expect(401);
        }
    }
    assert_eq!(scene.users().await.len(), 0);
    scene.bearer(&rsa.sign(&scene.claims("ada"))).get(ROUTE).await.expect(200);
}

#[actix_web::test]
async fn what_is_no_jwt_at_all() {
    let scene = Scene::start().await;
    let good = scene.signer.sign(&scene.claims("ada"));
    let part = |text: &str| encode(text);
    for (token, reason) in [
        (".".to_owned(), "no JWT"),
        ("..".into(), "no JWT"),
        ("a.b.c".into(), "no JWT"),
        ("....".into(), "no JWT"),
        (format!("{good}."), "no JWT"),
        (format!("{good}.x"), "no JWT"),
        (format!(".{good}"), "no JWT"),
        (format!("{good}="), "no JWT"),
        (format!("{}.{}.x", part("[]"), part("{}")), "no JWT"),
        (format!("{}.{}.", part("{}"), part("{}")), "no JWT"),
        (format!("{}.{}.", part("{\"alg\":\"ES256\"}"), part("[]")), "no JWT"),
        (format!("{}.{}.", part("{\"alg\":\"ES256\",\"alg\":\"none\"}"), part("{}")), "no JWT"),
        (format!("{}.{}.", part("{\"alg\":\"ES256\"}"), part("{}")), "(iss)"),
        (format!("{}.{}.", part("{\"alg\":\"ES256\"}"), part(&"[".repeat(3000))), "no JWT"),
        (format!("{}.{}", "a".repeat(8200), good), "8 KB"),
    ] {
        refuse(&scene, &token, reason).await;
    }
    finish(&scene).await;
}

#[actix_web::test]
async fn a_token_in_a_cookie_or_of_a_wrong_tenant_lets_nobody_in() {
    let scene = Scene::start().await;
    let token = scene.signer.sign(&scene.claims("ada"));
    let cookie =
        scene.app.nobody().with_header("cookie", &format!("steading_session={token}")).in_tenant("acme");
    cookie.get(ROUTE).await.expect(401);
    for tenant in ["nowhere", "instance", "", "00000000-0000-7000-8000-000000000001"] {
        let reply = scene.app.nobody().with_token(&token).in_tenant(tenant).get(ROUTE).await;
        expect_reason(reply, 401, "trusts no issuer");
    }
    finish(&scene).await;
}

#[actix_web::test]
async fn rubbish_that_is_not_for_us_asks_the_issuer_nothing() {
    let scene = Scene::start().await;
    for claims in [json!({ "aud": "other" }), json!({ "exp": 1 }), json!({ "sub": "" }), json!({ "cnf": {} })]
    {
        scene.person("ada", claims).get(ROUTE).await.expect(401);
    }
    let unknown: Value = json!({ "iss": "https://other.example" });
    scene.person("ada", unknown).get(ROUTE).await.expect(401);
    assert_eq!(scene.idp.count(KEYS), 0);
    assert!(scene.idp.asked().is_empty());
}
