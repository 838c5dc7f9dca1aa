//! The certificate that the server shows, from two files that somebody else renews. A new pair is
//! taken over while connections go on; a broken one is refused, and the one from before stays.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::base::config;
use crate::base::{Error, Kind, Result};

/// What the two files hold, unread.
type Texts = (Vec<u8>, Vec<u8>);

/// A certificate and its key, read and found to fit.
pub struct Pair {
    files: (PathBuf, PathBuf),
    texts: Texts,
    certified: Arc<CertifiedKey>,
}

impl Pair {
    /// Reads the pair that the configuration names; none when it names none.
    pub fn read(server: &config::Server) -> Result<Option<Self>> {
        match (server.tls_cert.as_os_str().is_empty(), server.tls_key.as_os_str().is_empty()) {
            (true, true) => Ok(None),
            (false, false) => Self::of(&server.tls_cert, &server.tls_key).map(Some),
            _ => Err(wrong("server.tls_cert and server.tls_key belong together; name both files, or none.")),
        }
    }

    /// The certificate, and those of the authorities between it and a trusted one.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.certified.cert
    }

    fn of(certificate: &Path, key: &Path) -> Result<Self> {
        let texts = (read("tls_cert", certificate)?, read("tls_key", key)?);
        let unusable = |option: &str, file: &Path, what: &str| {
            wrong(&format!("server.{option} is {}, in which there is no {what} in PEM.", file.display()))
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&texts.0)
            .collect::<Result<_, _>>()
            .map_err(|error| unusable("tls_cert", certificate, "certificate").caused_by(error))?;
        if chain.is_empty() {
            return Err(unusable("tls_cert", certificate, "certificate"));
        }
        let private = PrivateKeyDer::from_pem_slice(&texts.1)
            .map_err(|error| unusable("tls_key", key, "private key").caused_by(error))?;
        let certified =
            CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(|error| {
                let message = format!(
                    "The key in {} does not belong to the certificate in {}, or is of a kind that is not known.",
                    key.display(),
                    certificate.display()
                );
                wrong(&message).caused_by(error)
            })?;
        Ok(Self { files: (certificate.into(), key.into()), texts, certified: Arc::new(certified) })
    }
}

fn read(option: &str, file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| {
        wrong(&format!(
            "server.{option} is {}, which can't be read; check the path and who may.",
            file.display()
        ))
        .caused_by(error)
    })
}

fn wrong(message: &str) -> Error {
    Error::new(Kind::ValidationFailed, message.to_owned())
}

/// The pair in use. Cheap to clone.
#[derive(Clone)]
pub struct Certificates(Arc<Held>);

struct Held {
    shown: RwLock<Arc<CertifiedKey>>,
    source: Mutex<Source>,
}

struct Source {
    files: (PathBuf, PathBuf),
    texts: Texts,
    /// What was found broken, so that it is told of once.
    refused: Option<Texts>,
}

impl Certificates {
    pub fn showing(pair: Pair) -> Self {
        let source = Source { files: pair.files, texts: pair.texts, refused: None };
        Self(Arc::new(Held { shown: RwLock::new(pair.certified), source: Mutex::new(source) }))
    }

    /// Shows this pair from the next connection on.
    pub fn show(&self, pair: Pair) {
        let mut source = self.0.source.lock().unwrap_or_else(PoisonError::into_inner);
        if source.texts != pair.texts {
            tracing::info!(file = %pair.files.0.display(), "the new TLS certificate is in use");
        }
        *self.0.shown.write().unwrap_or_else(PoisonError::into_inner) = pair.certified;
        *source = Source { files: pair.files, texts: pair.texts, refused: None };
    }

    /// Looks whether the files have changed, and takes them over when they have and are whole. Whoever
    /// renews writes one file after the other, so for a moment they may not fit: the next look will tell.
    pub fn look(&self) {
        let (files, known, refused) = {
            let source = self.0.source.lock().unwrap_or_else(PoisonError::into_inner);
            (source.files.clone(), source.texts.clone(), source.refused.clone())
        };
        let now = std::fs::read(&files.0).ok().zip(std::fs::read(&files.1).ok()).unwrap_or_default();
        if now == known || refused.as_ref() == Some(&now) {
            return;
        }
        match Pair::of(&files.0, &files.1) {
            Ok(pair) => self.show(pair),
            Err(error) => {
                tracing::error!(%error, "the new TLS certificate can't be used; the one from before stays in use");
                self.0.source.lock().unwrap_or_else(PoisonError::into_inner).refused = Some(now);
            }
        }
    }

    /// The certificate in use, with its chain.
    pub fn shown(&self) -> Vec<CertificateDer<'static>> {
        self.0.shown.read().unwrap_or_else(PoisonError::into_inner).cert.clone()
    }

    /// How connections are accepted.
    pub(super) fn server_config(&self) -> Result<Arc<ServerConfig>> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Shown(self.clone())));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

struct Shown(Certificates);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the certificate in use")
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let held = &self.0.0;
        Some(Arc::clone(&held.shown.read().unwrap_or_else(PoisonError::into_inner)))
    }
}
