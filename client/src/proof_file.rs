//! The proof of a counter once more, beside its database: one that lost its database to damage is no copy of itself.

use std::{fs, io, io::Write, path::PathBuf};

use api::CounterId;
use serde::{Deserialize, Serialize};
use sqlite::private_file;

use crate::store::Proof;

/// `proof.json` in the folder of a restaurant.
#[derive(Debug, Clone)]
pub struct ProofFile(pub PathBuf);

#[derive(Serialize, Deserialize)]
struct Content {
    counter: CounterId,
    proof: Proof,
}

impl ProofFile {
    /// What is kept there of this counter. What cannot be read is as good as nothing, and logged.
    pub fn read(&self, counter: CounterId) -> Option<Proof> {
        let read = fs::read(&self.0).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
        match read {
            Ok(Content { counter: of, proof }) => (of == counter).then_some(proof),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::error!(%error, "proof.json cannot be read");
                None
            }
        }
    }

    /// Keeps it in one step.
    pub fn keep(&self, counter: CounterId, proof: &Proof) -> io::Result<()> {
        let proof = proof.clone();
        let text = serde_json::to_vec(&Content { counter, proof })?;
        let temporary = self.0.with_extension("new");
        let mut file = private_file(&temporary)?;
        file.set_len(0)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.0)
    }
}
