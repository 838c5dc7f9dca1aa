//! What is done with the backups in a store: put, fetch, list, delete.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use super::Store;
use crate::base::data_dir::full_or_unusable;
use crate::base::{Error, Kind, Result};
use crate::kernel::backups::BackupName;
use crate::kernel::backups::archive::Partial;
use crate::kernel::backups::folder::unfinished;
use crate::kernel::backups::unpack::create;
use crate::kernel::backups::workplace::Workplace;
use crate::kernel::outbound::Method;

/// What is sent and fetched at once. A store takes at most 10,000 parts, so very large backups have larger ones.
const PIECE: u64 = 8 << 20;
const MOST_PARTS: u64 = 9_000;

/// Pages of a list, mostly of a thousand names each, and backups in it: far more than any rule keeps.
const MOST_PAGES: usize = 100;
const MOST_NAMES: usize = 10_000;

impl Store {
    /// Puts a backup into the store, under its own name.
    pub async fn put(&self, path: &Path, name: &BackupName, mut tell: impl FnMut(u64, u64)) -> Result<()> {
        let (file, name) = (File::open(path).map_err(full_or_unusable)?, name.to_string());
        let bytes = file.metadata().map_err(full_or_unusable)?.len();
        let piece = PIECE.max(bytes.div_ceil(MOST_PARTS));
        if bytes <= piece {
            let (body, _) = read_piece(file, piece).await?;
            return self.ask(Method::PUT, &name, &[], &body, &[]).await.map(drop);
        }
        let begun = self.ask(Method::POST, &name, &[("uploads", "")], b"", &[]).await?;
        let id = texts(&String::from_utf8_lossy(&begun.body), "UploadId").into_iter().next();
        let id = id.ok_or_else(|| Error::new(Kind::Unavailable, "The store of backups began no upload."))?;
        let sent = self.put_parts(file, &name, &id, (bytes, piece), &mut tell).await;
        if sent.is_err() {
            // What was sent would be kept, and paid for, without ever being seen.
            let _ = self.ask(Method::DELETE, &name, &[("uploadId", &id)], b"", &[]).await;
        }
        sent
    }

    async fn put_parts(
        &self,
        mut file: File,
        name: &str,
        id: &str,
        (bytes, piece): (u64, u64),
        tell: &mut impl FnMut(u64, u64),
    ) -> Result<()> {
        let (mut done, mut parts) = (0, String::new());
        for number in 1..=bytes.div_ceil(piece) {
            let (body, rest) = read_piece(file, piece).await?;
            file = rest;
            let query = [("partNumber", number.to_string())];
            let query = [(query[0].0, query[0].1.as_str()), ("uploadId", id)];
            let answer = self.ask(Method::PUT, name, &query, &body, &[]).await?;
            let tag = answer.header("etag").unwrap_or_default();
            parts += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>");
            done += body.len() as u64;
            tell(done, bytes);
        }
        let list = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let answer = self.ask(Method::POST, name, &[("uploadId", id)], list.as_bytes(), &[]).await?;
        // This one answer may be a success by its status and a failure by its words.
        let text = String::from_utf8_lossy(&answer.body);
        match texts(&text, "Code").first().filter(|_| text.contains("<Error>")) {
            Some(code) => {
                Err(Error::new(Kind::Unavailable, format!("The store of backups answered {code}.")))
            }
            None => Ok(()),
        }
    }

    /// The backups in the store, the newest first.
    pub async fn list(&self) -> Result<Vec<BackupName>> {
        let (mut names, mut next) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut query = vec![("list-type", "2"), ("prefix", self.settings.s3_prefix.as_str())];
            query.extend(next.as_deref().map(|token| ("continuation-token", token)));
            let answer = self.ask(Method::GET, "", &query, b"", &[]).await?;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let keys = texts(&text, "Key");
            names.extend(
                keys.iter().filter_map(|key| key.strip_prefix(&self.settings.s3_prefix)?.parse().ok()),
            );
            next = texts(&text, "NextContinuationToken").into_iter().next();
            if names.len() > MOST_NAMES {
                break;
            }
            if next.is_none() {
                names.sort_unstable();
                names.reverse();
                return Ok(names);
            }
        }
        Err(Error::new(
            Kind::Unavailable,
            "The store of backups has too much under backup.s3_prefix to list; give backups a prefix of their own.",
        ))
    }

    pub async fn delete(&self, name: &BackupName) -> Result<()> {
        self.ask(Method::DELETE, &name.to_string(), &[], b"", &[]).await.map(drop)
    }

    /// Fetches a backup into the directory's folder, where it has its own name once all of it is there.
    pub async fn fetch(
        &self,
        name: &BackupName,
        place: &Workplace,
        mut tell: impl FnMut(u64, u64),
    ) -> Result<()> {
        let partial = Partial::at(unfinished(&place.data, &format!("{name}.fetched")));
        let mut file = create(partial.path())?;
        let (mut done, mut all) = (0, None);
        while all.is_none_or(|all| done < all) {
            let range = format!("bytes={done}-{}", (done + PIECE).min(all.unwrap_or(u64::MAX)) - 1);
            let answer = self.ask(Method::GET, &name.to_string(), &[], b"", &[("range", &range)]).await?;
            let total =
                answer.header("content-range").and_then(|range| range.rsplit_once('/')?.1.parse().ok());
            let total = piece_of(total, all, done, answer.body.len() as u64)?;
            place.room(place.data.path()).must_hold(total - done)?;
            file.write_all(&answer.body).map_err(full_or_unusable)?;
            done += answer.body.len() as u64;
            all = Some(total);
            tell(done, total);
        }
        file.sync_all().map_err(full_or_unusable)?;
        partial.rename(&place.data.backups().join(name.to_string()))
    }
}

/// The length of all of it, when the store said one that it stays with and sent as much of it as was asked for.
fn piece_of(said: Option<u64>, before: Option<u64>, done: u64, sent: u64) -> Result<u64> {
    let wrong = |what| Err(Error::new(Kind::Unavailable, format!("The store of backups {what}.")));
    let Some(all) = said else { return wrong("does not serve ranges") };
    if before.is_some_and(|before| before != all) {
        return wrong("changed the length of a backup while it was fetched; fetch it again");
    }
    if sent == 0 || sent != all.saturating_sub(done).min(PIECE) {
        return wrong("sent another part of a backup than it was asked for");
    }
    Ok(all)
}

/// The next bytes of a file, read on a thread that serves nobody; the file comes back.
async fn read_piece(mut file: File, most: u64) -> Result<(Vec<u8>, File)> {
    let read = move || {
        let mut piece = Vec::new();
        (&mut file).take(most).read_to_end(&mut piece).map(|_| (piece, file))
    };
    tokio::task::spawn_blocking(read).await.map_err(Error::internal)?.map_err(full_or_unusable)
}

/// The texts between these tags. It is all that is asked of the few documents that a store answers.
pub(in crate::kernel) fn texts(xml: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let found = xml.split(open.as_str()).skip(1).filter_map(|rest| Some(rest.split_once(close.as_str())?.0));
    found.map(plain).collect()
}

fn plain(text: &str) -> String {
    let named =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#34;", "\""), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (name, letter)| text.replace(name, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_what_was_asked_for_of_a_length_that_stays() {
        assert_eq!(piece_of(Some(10), None, 0, 10).ok(), Some(10));
        assert_eq!(piece_of(Some(PIECE + 3), Some(PIECE + 3), PIECE, 3).ok(), Some(PIECE + 3));
        for (said, before, done, sent) in [
            (None, None, 0, 10),
            (Some(0), None, 0, 0),
            (Some(10), None, 0, 0),
            (Some(10), None, 0, 1),
            (Some(10), None, 0, 11),
            (Some(PIECE), Some(PIECE + 3), PIECE, 3),
            (Some(u64::MAX), Some(PIECE + 3), PIECE, 3),
            (Some(1), None, 2, 1),
        ] {
            assert!(piece_of(said, before, done, sent).is_err(), "{said:?} {before:?} {done} {sent}");
        }
    }

    #[test]
    fn texts_are_found_by_their_tags() {
        let xml = "<a><Key>one &amp; two</Key><b/><Key>three</Key></a>";
        assert_eq!(texts(xml, "Key"), ["one & two", "three"]);
        assert_eq!(texts("<Key>cut", "Key"), Vec::<String>::new());
    }
}
