//! Downloads: a file as it is, read a little at a time and only as fast as the client takes it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::openapi::Operation;
use super::reply::{Answer, Body, IntoReply};
use crate::base::{Error, Result};

/// What is read at once.
const PIECE: usize = 256 * 1024;

/// A file that is on its way.
pub struct Download {
    file: File,
    bytes: u64,
    name: String,
}

impl Download {
    /// The name is what the client may save it as; it is one that needs no quoting.
    pub fn open(path: &Path, name: String) -> Result<Self> {
        let file = File::open(path).map_err(Error::internal)?;
        let bytes = file.metadata().map_err(Error::internal)?.len();
        Ok(Self { file, bytes, name })
    }
}

impl IntoReply for Download {
    fn data(&self) -> Result<String> {
        Err(Error::internal("a download can't be kept for a repeat"))
    }

    fn answer(self) -> Result<Answer> {
        Ok(Answer { status: 200, body: Body::File(self), headers: Vec::new(), is_patient: true })
    }

    fn describe(operation: &mut Operation) {
        operation.replies_with_file();
    }
}

/// The reply on the wire.
pub(super) fn respond(request: &HttpRequest, download: Download) -> HttpResponse {
    let Download { file, bytes, name } = download;
    let mut response = HttpResponse::Ok();
    response
        .content_type("application/octet-stream")
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")));
    if request.method() == Method::HEAD {
        return response.insert_header(("content-length", bytes)).finish();
    }
    let pieces = stream::unfold(file, |file| async move {
        let read = actix_web::web::block(move || read_piece(file)).await;
        match read {
            Ok(Ok((piece, file))) => piece.map(|piece| (Ok(piece), file)),
            Ok(Err((error, file))) => Some((Err(error), file)),
            Err(_) => None,
        }
    });
    response.body(SizedStream::new(bytes, Box::pin(pieces)))
}

/// The next piece; nothing at the end.
fn read_piece(mut file: File) -> Result<(Option<Bytes>, File), (std::io::Error, File)> {
    let mut piece = vec![0; PIECE];
    match file.read(&mut piece) {
        Ok(0) => Ok((None, file)),
        Ok(read) => {
            piece.truncate(read);
            Ok((Some(piece.into()), file))
        }
        Err(error) => Err((error, file)),
    }
}
