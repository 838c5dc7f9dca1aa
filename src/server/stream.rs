//! A connection as it was accepted: in the clear, or through TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConnection;
use tokio_rustls::server::TlsStream;

use super::courtesy::Carrier;
use crate::http::failure_text;

/// What the system takes of a reply before any of it goes out. What is beyond that stays here, where it is known how
/// much nobody takes; the system would take megabytes for each connection.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;

/// What is kept in the clear while what is encrypted can't be written.
const UNENCRYPTED: usize = 32 * 1024;

/// With what the first record of every TLS connection begins.
const HANDSHAKE: u8 = 0x16;

pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Shakes hands when there is an acceptor. Who is slow at it is let go, and who speaks HTTP in the
    /// clear where TLS is spoken is told so.
    pub(super) async fn accept(
        stream: TcpStream,
        acceptor: Option<&TlsAcceptor>,
        patience: Duration,
    ) -> io::Result<Self> {
        stream.set_nodelay(true).ok();
        #[cfg(target_os = "linux")]
        socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT).ok();
        let Some(acceptor) = acceptor else { return Ok(Self::Plain(stream)) };
        let shake = async {
            let mut first = [0];
            if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE {
                return refuse(stream).await;
            }
            let keep_little = |tls: &mut ServerConnection| tls.set_buffer_limit(Some(UNENCRYPTED));
            Ok(Self::Tls(Box::new(acceptor.accept_with(stream, keep_little).await?)))
        };
        timeout(patience, shake).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

impl Carrier for Stream {
    fn keeps(&self) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Tls(_) => UNENCRYPTED,
        }
    }

    /// The system forgets, when this is closed, what it has taken.
    fn give_up(&self) {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        };
        stream.set_zero_linger().ok();
    }
}

async fn refuse(mut stream: TcpStream) -> io::Result<Stream> {
    let body = failure_text("This server speaks https here; write https:// before its name.");
    let reply = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\n\
         cache-control: no-store\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // What is left unread when a connection is closed takes the reply with it.
    let _ = stream.read(&mut [0; 4096]).await?;
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await?;
    Err(io::ErrorKind::InvalidData.into())
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
