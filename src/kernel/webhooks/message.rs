//! What is sent.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::base::Timestamp;
use crate::kernel::TraceId;

/// One thing that happened, for one hook.
#[derive(Debug, Clone, Copy)]
pub struct Message<'m> {
    /// The same in every attempt, so that a receiver knows what it has had already.
    pub id: Uuid,
    /// The event that it tells of.
    pub event: Uuid,
    pub kind: &'m str,
    /// When it happened.
    pub timestamp: Timestamp,
    pub subject: Option<&'m str>,
    /// As it is stored: it is sent to the byte.
    pub data: &'m RawValue,
    pub trace: Option<TraceId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'m> {
    r#type: &'m str,
    timestamp: Timestamp,
    event_id: String,
    subject: Option<&'m str>,
    data: &'m RawValue,
}

impl Message<'_> {
    pub(super) fn body(&self) -> Vec<u8> {
        let body = Body {
            r#type: self.kind,
            timestamp: self.timestamp,
            event_id: self.event.to_string(),
            subject: self.subject,
            data: self.data,
        };
        serde_json::to_vec(&body).expect("texts can be written, and JSON is")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_sent_as_it_is_stored() {
        let stored = r#"{"b": 1.0, "a":12345678901234567890123, "b":1e400,  "c":"\u00e9\ud83d\ude00"}"#;
        let message = Message {
            id: Uuid::nil(),
            event: Uuid::max(),
            kind: "order.paid",
            timestamp: Timestamp::from_millis(0),
            subject: None,
            data: serde_json::from_str(stored).expect("JSON"),
            trace: None,
        };
        let body = String::from_utf8(message.body()).expect("text");
        let head = r#"{"type":"order.paid","timestamp":"1970-01-01T00:00:00.000Z","#;
        let ids = r#""eventId":"ffffffff-ffff-ffff-ffff-ffffffffffff","subject":null,"data":"#;
        assert_eq!(body, format!("{head}{ids}{stored}}}"));
    }
}
