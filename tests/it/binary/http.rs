//! A caller on a plain thread: one connection, kept alive, and every byte of it under control.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::home::{PATIENCE, Server};

pub struct Connection {
    stream: BufReader<TcpStream>,
    token: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    pub fn data(&self) -> Value {
        self.json()["data"].take()
    }

    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// The id of what was made.
    pub fn id(&self) -> String {
        self.data()["id"].as_str().expect("an id").to_owned()
    }
}

impl Connection {
    pub fn open(server: &Server, token: &str) -> Self {
        let stream = TcpStream::connect(server.address()).expect("the server takes the connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        stream.set_nodelay(true).expect("an option");
        Self { stream: BufReader::new(stream), token: token.to_owned() }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "").expect("an answer")
    }

    pub fn post(&mut self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, body).expect("an answer")
    }

    pub fn open_request(&mut self, title: &str) -> Answer {
        self.try_open_request(title).expect("an answer")
    }

    /// Fails when the connection ends before a whole answer came.
    pub fn try_open_request(&mut self, title: &str) -> io::Result<Answer> {
        self.ask("POST", "/api/requests", &json!({ "title": title }).to_string())
    }

    /// Enqueues a job that only answers.
    pub fn try_ping(&mut self, message: &str) -> io::Result<Answer> {
        let job = json!({ "jobName": "system.ping", "payload": { "message": message }, "maxAttempts": 25 });
        self.ask("POST", "/api/jobs/enqueue", &job.to_string())
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        let head = self.head(method, path, body.len());
        self.send(&format!("{head}{body}"))?;
        self.answer()
    }

    pub fn head(&self, method: &str, path: &str, length: usize) -> String {
        let authorization = match self.token.as_str() {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    }

    pub fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(text.as_bytes())
    }

    pub fn answer(&mut self) -> io::Result<Answer> {
        let status = self.line()?;
        let code = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = code.ok_or_else(|| io::Error::other(format!("no status line: {status:?}")))?;
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, text: String::from_utf8(body).map_err(io::Error::other)? })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}
