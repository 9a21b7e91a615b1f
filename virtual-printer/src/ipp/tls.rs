//! The printer's certificate: made by itself for itself, as printers do, kept in a folder when there is one, so that who
//! has pinned it finds it again; and changed on request, so that who has pinned it can be seen to notice.

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// A certificate cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It cannot be made or used.
    #[error("no certificate for {name}: {why}")]
    Unusable {
        /// Of the printer.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Its file cannot be read or written.
    #[error("the certificate {} cannot be kept: {source}. Choose another folder", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
}

/// The certificate of a printer.
#[derive(Debug)]
pub(crate) struct Certificate {
    name: String,
    hosts: Vec<String>,
    file: Option<PathBuf>,
    now: watch::Sender<(Arc<ServerConfig>, Arc<[u8]>)>,
}

impl Certificate {
    /// That of the folder, or a new one, which is put there.
    pub(crate) fn of(
        name: &str,
        host: &str,
        folder: Option<&Path>,
    ) -> Result<Self, CertificateError> {
        let mut hosts = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
        let stem = crate::paper::file_stem(name);
        let file = folder.map(|folder| folder.join(format!("{stem}.pem")));
        let kept = file.as_deref().filter(|file| file.exists());
        let pair = match kept {
            Some(file) => {
                let text = std::fs::read(file).map_err(|source| CertificateError::File {
                    file: file.to_owned(),
                    source,
                })?;
                read(name, &text)?
            }
            None => make(name, &hosts, file.as_deref())?,
        };
        Ok(Self {
            name: name.to_owned(),
            hosts,
            file,
            now: watch::Sender::new(pair),
        })
    }

    /// What connections are made with now.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.now.borrow().0)
    }

    /// The certificate itself, DER.
    pub(crate) fn der(&self) -> Arc<[u8]> {
        Arc::clone(&self.now.borrow().1)
    }

    /// Makes another one and uses it from the next connection on.
    pub(crate) fn change(&self) -> Result<(), CertificateError> {
        let pair = make(&self.name, &self.hosts, self.file.as_deref())?;
        self.now.send_replace(pair);
        Ok(())
    }
}

type Pair = (Arc<ServerConfig>, Arc<[u8]>);

fn make(name: &str, hosts: &[String], file: Option<&Path>) -> Result<Pair, CertificateError> {
    let unusable = |error: rcgen::Error| CertificateError::Unusable {
        name: name.to_owned(),
        why: error.to_string(),
    };
    let mut params = CertificateParams::new(hosts.to_vec()).map_err(unusable)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().map_err(unusable)?;
    let certificate = params.self_signed(&key).map_err(unusable)?;
    let text = certificate.pem() + &key.serialize_pem();
    if let Some(file) = file {
        let written = file.parent().map_or(Ok(()), std::fs::create_dir_all);
        written
            .and_then(|()| std::fs::write(file, &text))
            .map_err(|source| CertificateError::File {
                file: file.to_owned(),
                source,
            })?;
    }
    pair(
        name,
        certificate.der().clone(),
        PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    )
}

fn read(name: &str, text: &[u8]) -> Result<Pair, CertificateError> {
    let unusable = |error: rustls::pki_types::pem::Error| CertificateError::Unusable {
        name: name.to_owned(),
        why: error.to_string(),
    };
    let certificate = CertificateDer::from_pem_slice(text).map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_slice(text).map_err(unusable)?;
    pair(name, certificate, key)
}

fn pair(
    name: &str,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<Pair, CertificateError> {
    let der = Arc::from(certificate.as_ref());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
        })
        .map_err(|error| CertificateError::Unusable {
            name: name.to_owned(),
            why: error.to_string(),
        })?;
    Ok((Arc::new(config), der))
}
