//! The load generator: kept-alive connections that each send a prepared request, read the reply and
//! send the next. It runs on one thread and looks at a reply no more than it must, because it takes
//! its time from the same processors as the server.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stats::Timings;
use crate::base::{Error, Result};

/// Larger than any reply that is asked for.
const LARGEST_REPLY: usize = 256 * 1024;

#[derive(Default)]
pub struct Outcome {
    /// How long each good reply took.
    pub taken: Vec<Duration>,
    /// Replies of another status, and connections that broke.
    pub errors: usize,
}

impl Outcome {
    pub fn add(&mut self, other: Self) {
        self.taken.extend(other.taken);
        self.errors += other.errors;
    }
}

/// Sends these requests in turn over so many connections, and expects this status of each reply.
pub fn send(
    address: SocketAddr,
    requests: &[Vec<u8>],
    status: u16,
    connections: usize,
    span: Duration,
) -> Result<Outcome> {
    send_all(address, requests, move |answered| answered == status, connections, span)
}

/// The same with any status that this says is good.
pub fn send_all(
    address: SocketAddr,
    requests: &[Vec<u8>],
    is_good: impl Fn(u16) -> bool + Copy,
    connections: usize,
    span: Duration,
) -> Result<Outcome> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
    let (taken, errors): (Vec<_>, Vec<_>) = runtime
        .block_on(async {
            let opened = join_all(
                (0..connections).map(|nth| Connection::open(address, &requests[nth % requests.len()])),
            );
            let opened = opened.await;
            let end = Instant::now() + span;
            join_all(
                opened
                    .into_iter()
                    .enumerate()
                    .map(|(nth, opened)| repeat(opened, nth, requests, is_good, end)),
            )
            .await
        })
        .into_iter()
        .unzip();
    Ok(Outcome { taken: taken.concat(), errors: errors.iter().sum() })
}

async fn repeat(
    opened: std::io::Result<Connection>,
    nth: usize,
    requests: &[Vec<u8>],
    is_good: impl Fn(u16) -> bool,
    end: Instant,
) -> (Vec<Duration>, usize) {
    let Ok(mut connection) = opened else { return (Vec::new(), 1) };
    let mut timings = Timings::until(end);
    let mut errors = 0;
    let mut next = nth;
    while timings.goes_on() {
        let began = Instant::now();
        match connection.ask(&requests[next % requests.len()]).await {
            Ok(answered) if is_good(answered) => timings.note(began),
            Ok(_) => errors += 1,
            Err(_) => {
                errors += 1;
                break;
            }
        }
        next += 1;
    }
    (timings.into_taken(), errors)
}

/// A connection that is kept alive.
pub struct Connection {
    stream: TcpStream,
    reply: Vec<u8>,
}

impl Connection {
    /// Opens a connection and sends a first request, which finds the server's caches cold.
    async fn open(address: SocketAddr, first: &[u8]) -> std::io::Result<Self> {
        let mut connection = Self::to(address).await?;
        connection.ask(first).await?;
        Ok(connection)
    }

    pub async fn to(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, reply: Vec::with_capacity(32 * 1024) })
    }

    /// Sends a request, reads its whole reply and gives back the status.
    pub async fn ask(&mut self, request: &[u8]) -> std::io::Result<u16> {
        self.stream.write_all(request).await?;
        self.reply.clear();
        let (status, length) = loop {
            self.read_more().await?;
            if let Some(head) = Head::of(&self.reply) {
                break (head.status, head.length);
            }
        };
        while self.reply.len() < length {
            self.read_more().await?;
        }
        Ok(status)
    }

    async fn read_more(&mut self) -> std::io::Result<()> {
        if self.reply.len() > LARGEST_REPLY || self.stream.read_buf(&mut self.reply).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// What must be known of a reply to find its end.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Head and body together.
    length: usize,
}

impl Head {
    /// The head, once it is there as a whole.
    fn of(reply: &[u8]) -> Option<Self> {
        let end = reply.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&reply[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let body = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        Some(Self { status, length: end + 4 + body.unwrap_or(0) })
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn a_head_is_found_once_it_is_whole() {
        let reply = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nvary: x\r\n\r\nhello";
        assert_eq!(Head::of(&reply[..30]), None);
        assert_eq!(Head::of(reply), Some(Head { status: 201, length: reply.len() }));
    }
}
