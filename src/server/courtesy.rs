//! What can't be read as HTTP never becomes a request; the library below answers it with a bare
//! status. This gives that answer the body that every other failure has. And who takes nothing of
//! his reply for too long is cut off, and whose headers are too slow or too large, as nobody below does that.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::crowd::Seat;
use crate::http::{CutOff, Ended, Heads, Outbox, Turn, failure_text};

const TOO_LARGE: &str = "The headers are larger than this server reads; send fewer or shorter ones.";
const TOO_MANY: &str =
    "Too many large headers are on their way; send fewer or shorter ones, or again in a second.";
const TOO_SLOW: &str = "The headers came too slowly; send the request again.";

/// How long, and how much, is taken from who was told that there is nothing more to say.
const LEAVES_WITHIN: Duration = Duration::from_secs(1);
const MOST_UNREAD: usize = 1024 * 1024;

/// What carries a connection.
pub(super) trait Carrier {
    /// What of a reply it keeps by itself at most.
    fn keeps(&self) -> usize {
        0
    }

    /// Nothing that it still has is to arrive.
    fn give_up(&self) {}
}

/// A connection that is polite to the last.
pub(super) struct Courteous<S> {
    stream: S,
    /// The end of a reply in place of a bare one, and how much of it is written.
    last_words: Vec<u8>,
    written: usize,
    /// How long the other end may take nothing, and the end of that time while it does.
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    heads: Heads,
    outbox: Outbox,
    /// When to look whether the next head is late. It is set anew where it rings too early only.
    alarm: Option<Pin<Box<Sleep>>>,
    /// Until when what is still sent is taken after the last words, and how much of it was.
    leaving: Option<Pin<Box<Sleep>>>,
    left_unread: usize,
    /// Its place among the connections of its address.
    _seat: Option<Seat>,
}

impl<S> Courteous<S> {
    pub fn new(stream: S, patience: Duration, heads: Heads, outbox: Outbox, seat: Option<Seat>) -> Self {
        Self {
            stream,
            last_words: Vec::new(),
            written: 0,
            patience,
            stalled: None,
            heads,
            outbox,
            alarm: None,
            leaving: None,
            left_unread: 0,
            _seat: seat,
        }
    }

    /// What its requests are seen through.
    pub fn heads(&self) -> Heads {
        self.heads.clone()
    }

    /// What its replies go through.
    pub fn outbox(&self) -> Outbox {
        self.outbox.clone()
    }

    fn is_past(&mut self, due: Instant, context: &mut Context<'_>) -> bool {
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if alarm.deadline() > due {
            alarm.as_mut().reset(due);
        }
        while alarm.as_mut().poll(context).is_ready() {
            if Instant::now() >= due {
                return true;
            }
            alarm.as_mut().reset(due);
        }
        false
    }

    /// Tells whoever reads that nothing more comes; he closes, and these are the last words.
    fn end(&mut self, why: Ended) -> Poll<io::Result<()>> {
        self.last_words = match why {
            Ended::TooLarge => refusal(TOO_LARGE),
            Ended::TooMany => refusal(TOO_MANY),
            Ended::TooSlow => refusal(TOO_SLOW),
            Ended::Unknown => Vec::new(),
        };
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Carrier + Unpin> Courteous<S> {
    fn poll_last_words(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.last_words.len() {
            let rest = &self.last_words[self.written..];
            let poll = Pin::new(&mut self.stream).poll_write(context, rest);
            let count = ready!(self.unless_stalled(context, 0, poll))?;
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
        waiting: usize,
        poll: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = None;
            return poll;
        }
        let waiting = waiting + self.stream.keeps();
        if let Err(CutOff) = self.outbox.has_stalled(waiting, Instant::now(), context) {
            self.stream.give_up();
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        ready!(stalled.as_mut().poll(context));
        self.stream.give_up();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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
        b"431" => TOO_LARGE,
        b"408" => TOO_SLOW,
        b"400" => "This can't be read as an HTTP request; check its first line and its headers.",
        _ => return None,
    };
    Some([before, &refusal(why)].concat())
}

fn refusal(why: &'static str) -> Vec<u8> {
    let body = failure_text(why);
    let reply = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\n\
         cache-control: no-store\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    reply.into_bytes()
}

impl<S: AsyncRead + Unpin> AsyncRead for Courteous<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.heads.may_read() {
            Turn::Read => {}
            Turn::Pause => {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Turn::End(why) => return this.end(why),
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Ready(read) => {
                this.heads.has_read(buffer.filled().len() - before, Instant::now());
                Poll::Ready(read)
            }
            Poll::Pending => match this.heads.has_paused() {
                Some(due) if this.is_past(due, context) => this.end(this.heads.too_slow()),
                _ => Poll::Pending,
            },
        }
    }
}

impl<S: AsyncRead + Unpin> Courteous<S> {
    /// Takes what the other end still sends, for a moment: what is left unread when a connection is closed takes the
    /// last words with it.
    fn poll_leave(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let leaving = self.leaving.get_or_insert_with(|| Box::pin(sleep(LEAVES_WITHIN)));
        if leaving.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut rest = [0; 4096];
        while self.left_unread < MOST_UNREAD {
            let mut rest = ReadBuf::new(&mut rest);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut rest)) {
                Ok(()) if !rest.filled().is_empty() => self.left_unread += rest.filled().len(),
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Carrier + Unpin> AsyncWrite for Courteous<S> {
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
                let written = ready!(self.unless_stalled(context, replies.len(), poll))?;
                self.outbox.has_written(written, replies.len());
                Poll::Ready(Ok(written))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_last_words(context))?;
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        ready!(self.unless_stalled(context, 0, poll))?;
        self.outbox.has_written(0, 0);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_last_words(context))?;
        ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        if this.last_words.is_empty() { Poll::Ready(Ok(())) } else { this.poll_leave(context) }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWrite, DuplexStream, duplex};

    use super::{Carrier, Courteous, Heads, Outbox, with_words};
    use crate::base::config;
    use crate::http::{Gathered, Unread};

    const HOUR: Duration = Duration::from_secs(3_600);

    impl Carrier for DuplexStream {}

    fn outbox() -> Outbox {
        Outbox::new(Unread::of(&config::load(None, []).expect("the defaults load").server), None)
    }

    /// Writes until it can't.
    async fn fill(stream: &mut Courteous<DuplexStream>) -> std::io::Error {
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
        let heads = Heads::new(HOUR, HOUR, Gathered::default());
        let mut patient = Courteous::new(server, HOUR, heads.clone(), outbox(), None);
        let reading = async { client.read_exact(&mut [0; 1_000]).await.expect("it is fed") };
        tokio::select! {
            biased;
            error = fill(&mut patient) => panic!("{error}"),
            _ = reading => {}
        }
        let (_client, server) = duplex(64);
        let mut impatient = Courteous::new(server, Duration::from_millis(10), heads, outbox(), None);
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
