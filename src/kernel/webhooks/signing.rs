//! Signing as Standard Webhooks has it: HMAC-SHA256 of the message's id, the time and the body.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use uuid::Uuid;

use super::secret::Secret;
use crate::base::Timestamp;

/// What a hook's messages are signed with.
#[derive(Debug, Clone)]
pub struct Signing {
    pub current: Secret,
    /// The one before, and until when it signs too, so that receivers have time to take the new one.
    pub previous: Option<(Secret, Timestamp)>,
}

impl Signing {
    pub fn with(current: Secret) -> Self {
        Self { current, previous: None }
    }

    /// The headers that prove that this body was sent by who knows the secret, at this time.
    pub fn headers(&self, id: Uuid, now: Timestamp, body: &[u8]) -> [(&'static str, String); 3] {
        let (id, seconds) = (id.to_string(), now.seconds().to_string());
        let previous = self.previous.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        let signatures: Vec<String> = [&self.current]
            .into_iter()
            .chain(previous)
            .map(|secret| signature(secret, &[id.as_bytes(), seconds.as_bytes(), body]))
            .collect();
        [("webhook-id", id), ("webhook-timestamp", seconds), ("webhook-signature", signatures.join(" "))]
    }
}

/// The signature of these parts with dots between them.
fn signature(secret: &Secret, parts: &[&[u8]]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()));
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            context.update(b".");
        }
        context.update(part);
    }
    format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_999);

    fn signatures(signing: &Signing, now: Timestamp) -> Vec<String> {
        let [_, _, (_, signatures)] = signing.headers(Uuid::nil(), now, b"{}");
        signatures.split(' ').map(str::to_owned).collect()
    }

    /// Computed with `openssl dgst -sha256 -mac hmac`.
    #[test]
    fn a_signature_is_the_hash_of_id_seconds_and_body() {
        let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX".parse().expect("a secret");
        let headers = Signing::with(secret).headers(Uuid::nil(), NOW, br#"{"a":1}"#);
        assert_eq!(
            headers,
            [
                ("webhook-id", "00000000-0000-0000-0000-000000000000".to_owned()),
                ("webhook-timestamp", "1700000000".to_owned()),
                ("webhook-signature", "v1,zTRh/C7ui8gM0sn9mMb43FZlB04TcAriR5l9LpaOn0s=".to_owned()),
            ]
        );
    }

    #[test]
    fn the_secret_before_signs_too_until_its_time_is_over() {
        let (old, new) = (Secret::fresh().expect("a secret"), Secret::fresh().expect("a secret"));
        let by = |secret: &Secret| signatures(&Signing::with(secret.clone()), NOW);
        let until = NOW + Duration::from_millis(1);
        let rotated = Signing { current: new.clone(), previous: Some((old.clone(), until)) };
        assert_eq!(signatures(&rotated, NOW), [by(&new), by(&old)].concat());
        let over = Signing { current: new.clone(), previous: Some((old, NOW)) };
        assert_eq!(signatures(&over, NOW), by(&new));
    }
}
