//! A bare connection, for what a well-behaved client never sends.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use super::app::TestApp;

/// Ends a test that would wait for ever. No test asserts how long something takes.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Wire(BufReader<TcpStream>);

#[derive(Debug)]
pub struct WireReply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl WireReply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn code(&self) -> String {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        json["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Wire {
    pub async fn open(app: &TestApp) -> Self {
        Self::open_from(app, [127, 0, 0, 1]).await
    }

    /// From another of this machine's own addresses.
    pub async fn open_from(app: &TestApp, own: [u8; 4]) -> Self {
        let address = app.url.trim_start_matches("http://").parse().expect("an address");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((own, 0).into()).expect("every such address is this machine's");
        let stream = socket.connect(address).await.expect("the server accepts connections");
        stream.set_nodelay(true).expect("a socket");
        Self(BufReader::new(stream))
    }

    /// Sends as much as the server takes; it may close first.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let sending = self.0.get_mut().write_all(bytes.as_ref());
        tokio::time::timeout(PATIENCE, sending).await.is_ok_and(|sent| sent.is_ok())
    }

    /// Says that nothing more will be sent.
    pub async fn finish_sending(&mut self) {
        // The server may have closed already.
        let _ = self.0.get_mut().shutdown().await;
    }

    /// Closes in the middle of whatever it was, and waits until the server has noticed.
    pub async fn close(mut self) {
        self.finish_sending().await;
        let mut rest = Vec::new();
        let reading = self.0.read_to_end(&mut rest);
        let _ = tokio::time::timeout(PATIENCE, reading).await.expect("the server closes too");
    }

    /// The next reply, or nothing when the server closes without one.
    pub async fn reply(&mut self) -> Option<WireReply> {
        tokio::time::timeout(PATIENCE, self.read(true)).await.expect("the server answers or closes")
    }

    /// The next reply, which has no body although its headers tell of one.
    pub async fn reply_to_head(&mut self) -> Option<WireReply> {
        tokio::time::timeout(PATIENCE, self.read(false)).await.expect("the server answers or closes")
    }

    /// The next line of a reply that goes on, or nothing when it does not.
    pub async fn next_line(&mut self) -> Option<String> {
        tokio::time::timeout(PATIENCE, self.line()).await.expect("something comes")
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).await.ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    async fn read(&mut self, has_body: bool) -> Option<WireReply> {
        let status = self.line().await?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let mut reply = WireReply { status, headers, body: Vec::new() };
        if has_body && status >= 200 {
            let length = reply.header("content-length").parse().unwrap_or(0);
            reply.body = vec![0; length];
            self.0.read_exact(&mut reply.body).await.ok()?;
        }
        Some(reply)
    }
}
