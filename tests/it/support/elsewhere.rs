//! A server that is not ours, which answers as tests tell it to, over https or http.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/keys");

/// The file of the authority that signed the certificate of the https servers.
pub fn authority() -> std::path::PathBuf {
    Path::new(KEYS).join("authority.pem")
}

/// How it answers.
#[derive(Debug, Clone)]
pub enum Said {
    /// A status, headers and a body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// These bytes, and then the end.
    Raw(Vec<u8>),
    /// This, and then `x` for ever: in one go, or slowly.
    Endless(Vec<u8>, Option<Duration>),
    /// Nothing, ever.
    Nothing,
    /// This, once it is released.
    Held(Arc<Notify>, Box<Said>),
}

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Script {
    said: HashMap<String, Said>,
    asked: Vec<Asked>,
    is_down: bool,
}

pub struct Elsewhere {
    pub address: SocketAddr,
    scheme: &'static str,
    script: Arc<Mutex<Script>>,
    serving: AbortHandle,
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Elsewhere {
    pub async fn http() -> Self {
        Self::start(None).await
    }

    pub async fn https() -> Self {
        let certificates =
            CertificateDer::pem_file_iter(format!("{KEYS}/server.pem")).expect("the certificate");
        let certificates = certificates.map(|certificate| certificate.expect("a certificate")).collect();
        let key = PrivateKeyDer::from_pem_file(format!("{KEYS}/server.key.pem")).expect("its key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .expect("the certificate fits its key");
        Self::start(Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn start(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let script = Arc::new(Mutex::new(Script::default()));
        let serving = tokio::spawn(accept(listener, tls, Arc::clone(&script))).abort_handle();
        Self { address, scheme, script, serving }
    }

    /// As the configuration names it.
    pub fn destination(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub fn says(&self, path: &str, said: Said) {
        self.script().said.insert(path.into(), said);
    }

    pub fn answers(&self, path: &str, body: impl Into<Vec<u8>>) {
        self.says(path, Said::Answer(200, Vec::new(), body.into()));
    }

    pub fn redirects(&self, path: &str, status: u16, to: &str) {
        self.says(path, Said::Answer(status, vec![("location".into(), to.into())], Vec::new()));
    }

    /// From now on it closes every connection at once, or no more.
    pub fn goes_down(&self, is_down: bool) {
        self.script().is_down = is_down;
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.script().asked.clone()
    }

    /// How often it was asked for this path.
    pub fn count(&self, path: &str) -> usize {
        let line = format!("GET {path} HTTP/1.1");
        self.script().asked.iter().filter(|asked| asked.line == line).count()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("nobody panicked with it")
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, script) = (tls.clone(), Arc::clone(&script));
        tokio::spawn(async move {
            // Whoever calls may hang up at any time.
            let _ = serve(stream, tls, &script).await;
        });
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, script: &Mutex<Script>) -> std::io::Result<()> {
    if script.lock().expect("nobody panicked with it").is_down {
        return Ok(());
    }
    match tls {
        None => converse(stream, script).await,
        Some(tls) => converse(tls.accept(stream).await?, script).await,
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Mutex<Script>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let asked = read(&mut stream).await?;
    let path = asked.line.split(' ').nth(1).unwrap_or_default().to_owned();
    let said = {
        let mut script = script.lock().expect("nobody panicked with it");
        script.asked.push(asked);
        script.said.get(&path).cloned().unwrap_or(Said::Answer(404, Vec::new(), Vec::new()))
    };
    let stream = stream.get_mut();
    let said = match said {
        Said::Held(released, said) => {
            released.notified().await;
            *said
        }
        said => said,
    };
    match said {
        Said::Nothing | Said::Held(..) => std::future::pending().await,
        Said::Raw(bytes) => stream.write_all(&bytes).await?,
        Said::Endless(start, pause) => {
            stream.write_all(&start).await?;
            loop {
                stream.write_all(if pause.is_some() { b"x" } else { &[b'x'; 4096] }).await?;
                stream.flush().await?;
                tokio::time::sleep(pause.unwrap_or_default()).await;
            }
        }
        Said::Answer(status, headers, body) => {
            let mut head =
                format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
            headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
            stream.write_all((head + "\r\n").as_bytes()).await?;
            stream.write_all(&body).await?;
        }
    }
    stream.shutdown().await
}

async fn read(stream: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let pair = |line: &String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<(String, String)> = lines.iter().skip(1).filter_map(pair).collect();
    let mut asked = Asked { line: lines.first().cloned().unwrap_or_default(), headers, body: Vec::new() };
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    asked.body = vec![0; length];
    stream.read_exact(&mut asked.body).await?;
    Ok(asked)
}
