//! What can't be read as HTTP never becomes a request; the library below answers it with a bare
//! status. This gives that answer the body that every other failure has. And who takes nothing of
//! his reply for too long is cut off, as nobody below does that.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::crowd::Seat;
use crate::http::failure_text;

/// A connection that is polite to the last.
pub(super) struct Courteous<S> {
    stream: S,
    /// The end of a reply in place of a bare one, and how much of it is written.
    last_words: Vec<u8>,
    written: usize,
    /// How long the other end may take nothing, and the end of that time while it does.
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    /// Its place among the connections of its address.
    _seat: Option<Seat>,
}

impl<S> Courteous<S> {
    pub fn new(stream: S, patience: Duration, seat: Option<Seat>) -> Self {
        Self { stream, last_words: Vec::new(), written: 0, patience, stalled: None, _seat: seat }
    }
}

impl<S: AsyncWrite + Unpin> Courteous<S> {
    fn poll_last_words(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.last_words.len() {
            let rest = &self.last_words[self.written..];
            let poll = Pin::new(&mut self.stream).poll_write(context, rest);
            let count = ready!(self.unless_stalled(context, poll))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
        }
        Poll::Ready(Ok(()))
    }

    fn unless_stalled<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = None;
            return poll;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// The replies to be written, with the bare failure at their end replaced by one that speaks.
fn with_words(replies: &[u8]) -> Option<Vec<u8>> {
    // A reply with a body ends in its body; ours are JSON.
    if !replies.ends_with(b"\r\n\r\n") {
        return None;
    }
    let start = replies.windows(10).rposition(|window| window == b"HTTP/1.1 4")?;
    let (before, bare) = replies.split_at(start);
    if !bare.windows(19).any(|window| window == b"content-length: 0\r\n") {
        return None;
    }
    let why = match &bare[9..12] {
        b"431" => "The headers are larger than this server reads; send fewer or shorter ones.",
        b"408" => "The headers came too slowly; send the request again.",
        b"400" => "This can't be read as an HTTP request; check its first line and its headers.",
        _ => return None,
    };
    let body = failure_text(why);
    let head = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\n\
         cache-control: no-store\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    Some([before, head.as_bytes(), body.as_bytes()].concat())
}

impl<S: AsyncRead + Unpin> AsyncRead for Courteous<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Courteous<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        replies: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_last_words(context))?;
        match with_words(replies) {
            Some(words) => {
                (self.last_words, self.written) = (words, 0);
                Poll::Ready(Ok(replies.len()))
            }
            None => {
                let poll = Pin::new(&mut self.stream).poll_write(context, replies);
                self.unless_stalled(context, poll)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_last_words(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_last_words(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWrite, duplex};

    use super::{Courteous, with_words};

    /// Writes until it can't.
    async fn fill(stream: &mut Courteous<tokio::io::DuplexStream>) -> std::io::Error {
        loop {
            let write = poll_fn(|context| Pin::new(&mut *stream).poll_write(context, b"words"));
            if let Err(error) = write.await {
                return error;
            }
        }
    }

    #[actix_web::test]
    async fn who_takes_nothing_is_cut_off_and_who_takes_a_little_is_not() {
        let (mut client, server) = duplex(64);
        let mut patient = Courteous::new(server, Duration::from_secs(3_600), None);
        let reading = async { client.read_exact(&mut [0; 1_000]).await.expect("it is fed") };
        tokio::select! {
            biased;
            error = fill(&mut patient) => panic!("{error}"),
            _ = reading => {}
        }
        let (_client, server) = duplex(64);
        let mut impatient = Courteous::new(server, Duration::from_millis(10), None);
        assert_eq!(fill(&mut impatient).await.kind(), std::io::ErrorKind::TimedOut);
    }

    #[test]
    fn only_a_bare_failure_at_the_end_is_given_words() {
        let bare = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let spoken = String::from_utf8(with_words(bare).expect("it is bare")).expect("text");
        assert!(spoken.contains("BAD_REQUEST") && spoken.contains("traceId"), "{spoken}");

        let after_another = [&b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"[..], bare].concat();
        assert!(with_words(&after_another).expect("it ends bare").starts_with(b"HTTP/1.1 200 OK"));

        for kept in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 304 Not Modified\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 155\r\n\r\n",
            b"{}",
            b"",
        ] {
            assert!(with_words(kept).is_none(), "{}", String::from_utf8_lossy(kept));
        }
    }
}
