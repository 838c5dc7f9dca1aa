//! The official library lets in what we sign, and nothing that was changed on the way.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use steading::base::{Clock, Timestamp};
use steading::kernel::webhooks::{Hook, Secret, Signing};

use super::{hook, message, outbound, send};
use crate::support::{Asked, Elsewhere};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What the receiver in the document makes of each.
fn receive(letters: &[Value]) -> Vec<String> {
    let python = Path::new(ROOT).join(".venv/bin/python");
    assert!(python.exists(), "the official library is missing: run scripts/setup");
    let mut receiver = Command::new(python)
        .args(["tests/it/webhooks/receive.py", "docs/webhooks.md"])
        .current_dir(ROOT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = receiver.stdin.take().expect("its input");
    letters.iter().for_each(|letter| writeln!(stdin, "{letter}").expect("it reads"));
    drop(stdin);
    let output = receiver.wait_with_output().expect("it ends");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// A message as it came, to be verified with this secret.
fn letter(asked: &Asked, secret: &Secret) -> Value {
    let headers: serde_json::Map<String, Value> =
        asked.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let body = String::from_utf8(asked.body.clone()).expect("text");
    json!({ "secret": *secret.reveal(), "headers": headers, "body": body })
}

/// What a receiver is sent at this time.
async fn sent(signing: &Signing, at: Timestamp) -> Asked {
    let server = Elsewhere::http().await;
    let hook = Hook { signing: signing.clone(), ..hook(server.url("/")) };
    send(&outbound(&[&server.destination()]), &hook, &message(), &Clock::standing_at(at)).await;
    server.asked().remove(0)
}

fn fresh() -> Secret {
    Secret::fresh().expect("a secret")
}

fn of_length(length: usize) -> Secret {
    format!("whsec_{}", BASE64_STANDARD.encode(vec![0xfb; length])).parse().expect("a secret")
}

#[actix_web::test]
async fn the_official_library_lets_in_what_we_sign_and_nothing_else() {
    let now = Clock::System.now();
    let secret = fresh();
    let asked = sent(&Signing::with(secret.clone()), now).await;
    let good = letter(&asked, &secret);
    let told = receive(std::slice::from_ref(&good)).remove(0);
    let told: Value = serde_json::from_str(&told).expect("the message");
    assert_eq!((&told["type"], &told["data"]["for"]), (&json!("order.paid"), &json!("Zoë")));

    let changed = |place: &str, value: String| {
        let mut letter = good.clone();
        *letter.pointer_mut(place).expect("it is there") = json!(value);
        letter
    };
    let other = sent(&Signing::with(fresh()), now).await;
    let body = String::from_utf8(asked.body.clone()).expect("text");
    let seconds = |by: i64| (now.seconds() + by).to_string();
    let bad = [
        changed("/body", body.replace("10.50", "10.51")),
        changed("/body", format!("{body} ")),
        changed("/headers/webhook-id", "00000000-0000-0000-0000-000000000009".into()),
        changed("/headers/webhook-timestamp", seconds(1)),
        changed("/headers/webhook-timestamp", seconds(-1)),
        changed("/headers/webhook-signature", other.header("webhook-signature").unwrap_or_default().into()),
        changed("/secret", fresh().reveal().to_string()),
    ];
    assert_eq!(receive(&bad), ["refused"; 7]);
}

#[actix_web::test]
async fn the_official_library_refuses_what_was_signed_long_ago_or_will_be() {
    let (secret, now) = (fresh(), Clock::System.now());
    let mut letters = Vec::new();
    for at in [now - Duration::from_mins(6), now + Duration::from_mins(6), now - Duration::from_mins(4)] {
        letters.push(letter(&sent(&Signing::with(secret.clone()), at).await, &secret));
    }
    let told = receive(&letters);
    assert_eq!(told[..2], ["refused", "refused"]);
    assert_ne!(told[2], "refused");
}

#[actix_web::test]
async fn while_a_secret_is_rotated_the_official_library_lets_in_with_both() {
    let (old, new, now) = (fresh(), fresh(), Clock::System.now());
    let rotated = |until| Signing { current: new.clone(), previous: Some((old.clone(), until)) };
    let during = sent(&rotated(now + Duration::from_mins(1)), now).await;
    let after = sent(&rotated(now), now).await;
    let mut forged = letter(&during, &old);
    forged["body"] = json!("{}");
    let told = receive(&[
        letter(&during, &new),
        letter(&during, &old),
        letter(&after, &new),
        letter(&after, &old),
        letter(&during, &fresh()),
        forged,
    ]);
    let is_in: Vec<bool> = told.iter().map(|told| told != "refused").collect();
    assert_eq!(is_in, [true, true, true, false, false, false]);
}

#[actix_web::test]
async fn secrets_of_every_length_mean_the_same_to_the_official_library() {
    let now = Clock::System.now();
    let mut letters = Vec::new();
    for length in [24, 25, 26, 32, 63, 64] {
        let secret = of_length(length);
        letters.push(letter(&sent(&Signing::with(secret.clone()), now).await, &secret));
    }
    assert!(receive(&letters).iter().all(|told| told != "refused"));
}
