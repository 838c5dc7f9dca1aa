//! A caller: one connection to the server, which may break off at any time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Far longer than any answer takes of a server that is well, and longer than it is ever frozen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What became of a call.
#[derive(Debug)]
pub enum Heard {
    /// It was done, says the server: the data, and whether the reply is one that was kept.
    Done(Value, bool),
    /// The server said why not.
    Refused(u16, String),
    /// Nobody knows.
    Nothing,
}

impl Heard {
    pub fn done(self) -> Option<Value> {
        match self {
            Self::Done(data, _) => Some(data),
            Self::Refused(..) | Self::Nothing => None,
        }
    }
}

/// Who calls, and where.
#[derive(Debug, Clone)]
pub struct Address {
    pub at: String,
    pub token: String,
}

pub struct Connection {
    address: Address,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    pub fn new(address: &Address) -> Self {
        Self { address: address.clone(), stream: None }
    }

    /// The same line for somebody else.
    pub fn of(address: &Address, token: &str) -> Self {
        Self::new(&Address { at: address.at.clone(), token: token.to_owned() })
    }

    pub fn get(&mut self, path: &str) -> Heard {
        self.ask("GET", path, None, "")
    }

    pub fn ask(&mut self, method: &str, path: &str, body: Option<&Value>, key: &str) -> Heard {
        self.try_ask(method, path, body, key).unwrap_or_else(|_| {
            self.stream = None;
            Heard::Nothing
        })
    }

    fn try_ask(&mut self, method: &str, path: &str, body: Option<&Value>, key: &str) -> io::Result<Heard> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address.at)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        if !self.address.token.is_empty() {
            text += &format!("Authorization: Bearer {}\r\n", self.address.token);
        }
        if !key.is_empty() {
            text += &format!("Idempotency-Key: {key}\r\n");
        }
        text += &format!(
            "X-Tenant-ID: acme\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(text.as_bytes())?;
        let answer = Answer::read(stream)?;
        if answer.closes {
            self.stream = None;
        }
        let mut said: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        Ok(match answer.status {
            200..300 => Heard::Done(said["data"].take(), answer.is_kept),
            status => {
                Heard::Refused(status, said["error"]["message"].as_str().unwrap_or(&answer.text).to_owned())
            }
        })
    }
}

struct Answer {
    status: u16,
    text: String,
    is_kept: bool,
    closes: bool,
}

impl Answer {
    fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Self> {
        let status = line(stream)?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let (mut length, mut is_kept, mut closes) = (0, false, false);
        loop {
            let line = line(stream)?.to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().map_err(io::Error::other)?,
                Some(("idempotency-replayed", value)) => is_kept = value == "true",
                Some(("connection", value)) => closes = value == "close",
                _ if line.is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok(Self { status, text: String::from_utf8_lossy(&body).into_owned(), is_kept, closes })
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}
