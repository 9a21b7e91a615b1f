//! Whom we believe to be the printer. Printers make their own certificates, so no authority vouches for them: the first
//! one that a printer shows is kept (the SHA-256 of it), and one that shows another is not sent anything until a person
//! has said that it is the same printer.
//!
//! Source: RFC 7469 section 2.4 for the idea of a pin; RFC 8446 section 4.4.3: that the other side holds the key of the
//! certificate is proven by its signature, which is checked here as ever.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use sha2::{Digest, Sha256};

/// What one printer showed, and what it is expected to show. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Trust(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    pinned: Option<String>,
    shown: Option<String>,
}

impl Trust {
    /// Nothing but this certificate; the first one that is shown when there is none yet.
    pub fn pin(&self, certificate: Option<String>) {
        self.known(|known| known.pinned = certificate);
    }

    /// The certificate that was shown last.
    pub fn shown(&self) -> Option<String> {
        self.known(|known| known.shown.clone())
    }

    /// The certificate that was shown, if it is not the one that is known.
    pub fn stranger(&self) -> Option<String> {
        self.known(|known| known.shown.clone().filter(|_| !known.is_trusted()))
    }

    /// TLS that asks nobody else.
    ///
    /// # Errors
    /// When the cryptography offers no version of TLS that we speak.
    pub fn tls(&self) -> Result<ClientConfig, Error> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier {
            trust: self.clone(),
            provider: provider.clone(),
        };
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth())
    }

    /// Notes what is shown, and says whether it is believed. Within one connection the first one stays the only one.
    fn is_shown(&self, certificate: &CertificateDer<'_>) -> bool {
        let print = fingerprint(certificate);
        self.known(|known| {
            known.shown = Some(print);
            let trusted = known.is_trusted();
            if trusted {
                known.pinned.clone_from(&known.shown);
            }
            trusted
        })
    }

    fn known<T>(&self, ask: impl FnOnce(&mut Known) -> T) -> T {
        ask(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn is_trusted(&self) -> bool {
        self.pinned.is_none() || self.pinned == self.shown
    }
}

/// The SHA-256 of a certificate, as small hexadecimal digits.
fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.trust.is_shown(certificate) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_certificate_is_believed_and_from_then_on_no_other() {
        let trust = Trust::default();
        let (one, other) = (
            CertificateDer::from(vec![1, 2, 3]),
            CertificateDer::from(vec![4, 5, 6]),
        );
        assert!(trust.is_shown(&one));
        assert_eq!(trust.stranger(), None);
        assert!(!trust.is_shown(&other));
        assert_eq!(trust.stranger(), Some(fingerprint(&other)));
        assert!(trust.is_shown(&one));
        trust.pin(Some(fingerprint(&other)));
        assert!(trust.is_shown(&other));
        assert!(!trust.is_shown(&one));
    }

    #[test]
    fn a_certificate_is_known_by_its_sha_256() {
        let empty = CertificateDer::from(Vec::new());
        assert_eq!(
            fingerprint(&empty),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
