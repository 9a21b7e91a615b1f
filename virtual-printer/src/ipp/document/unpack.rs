//! Documents that come packed (`compression`).

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use std::io::Read;

/// How a document was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Deflate,
    Gzip,
}

impl Compression {
    /// All of them, by their keywords.
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("none", Self::None),
        ("deflate", Self::Deflate),
        ("gzip", Self::Gzip),
    ];

    pub(crate) fn named(keyword: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(name, _)| *name == keyword)
            .map(|(_, compression)| compression)
    }
}

/// The document as it was before; an error when it is broken, or larger than `largest`.
pub(crate) fn unpack(
    bytes: Vec<u8>,
    compression: Compression,
    largest: usize,
) -> std::io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes),
        // RFC 8011 means raw deflate; senders that wrap it in zlib's frame are understood as well.
        Compression::Deflate if bytes.first() == Some(&0x78) => {
            all(ZlibDecoder::new(bytes.as_slice()), largest)
        }
        Compression::Deflate => all(DeflateDecoder::new(bytes.as_slice()), largest),
        Compression::Gzip => all(GzDecoder::new(bytes.as_slice()), largest),
    }
}

fn all(reader: impl Read, largest: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(largest as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > largest {
        return Err(std::io::Error::other(
            "it is larger unpacked than this printer can hold",
        ));
    }
    Ok(bytes)
}
