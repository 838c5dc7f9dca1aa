//! Whom to trust: the certificate authorities that browsers trust, which are compiled in, so that
//! a bare machine or a container without a file of them can call; and those that the operator names.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::base::{Error, Kind, Result};

/// The authorities in the operator's file; none without one.
pub(super) fn read_authorities(file: &Path) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    if file.as_os_str().is_empty() {
        return Ok(store);
    }
    let unreadable = || {
        let message = format!(
            "outbound.ca_file is {}, in which no certificate can be read; write the path of a PEM file.",
            file.display()
        );
        Error::new(Kind::ValidationFailed, message)
    };
    let read = CertificateDer::pem_file_iter(file).map_err(|error| unreadable().caused_by(error))?;
    for certificate in read {
        let certificate = certificate.map_err(|error| unreadable().caused_by(error))?;
        store.add(certificate).map_err(|error| unreadable().caused_by(error))?;
    }
    if store.is_empty() { Err(unreadable()) } else { Ok(store) }
}

pub(super) fn config(own: &RootCertStore) -> ClientConfig {
    let mut roots = own.clone();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has what the protocol needs")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
