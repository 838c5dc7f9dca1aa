//! Reading the body: at most so many bytes, in at most so much time, and JSON or nothing.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;

use super::bodies::Place;
use super::heads::Heads;
use crate::base::{Error, Kind, Result};

pub(super) async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    largest: usize,
    longest: Duration,
    mut place: Option<&mut Place>,
) -> Result<Bytes> {
    let announced =
        request.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > largest) {
        return Err(too_large(largest));
    }
    // What is packed may become any size when it is unpacked.
    if request.headers().get("content-encoding").is_some_and(|coding| coding != "identity") {
        return Err(Error::new(
            Kind::UnsupportedMediaType,
            "Bodies are taken as they are; send it without Content-Encoding.",
        ));
    }
    let gather = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| {
                Error::new(Kind::BadRequest, "The body could not be read to its end; send it again.")
                    .caused_by(error.to_string())
            })?;
            if body.len() + chunk.len() > largest {
                return Err(too_large(largest));
            }
            if let Some(place) = &mut place {
                place.grow_to(body.len() + chunk.len())?;
            }
            body.extend_from_slice(&chunk);
        }
        Heads::body_ended(request);
        Ok(body.freeze())
    };
    let body = tokio::time::timeout(longest, gather)
        .await
        .map_err(|_| Error::new(Kind::BadRequest, "The body came too slowly; send it again."))??;
    if !body.is_empty() && !is_json(request) {
        return Err(Error::new(
            Kind::UnsupportedMediaType,
            "The body must be JSON; send it with `Content-Type: application/json`.",
        ));
    }
    Ok(body)
}

fn is_json(request: &HttpRequest) -> bool {
    let header =
        request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = header.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}

fn too_large(largest: usize) -> Error {
    Error::new(
        Kind::PayloadTooLarge,
        format!("The body is larger than the {largest} bytes that are accepted; send less at once."),
    )
}
