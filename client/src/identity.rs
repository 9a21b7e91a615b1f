//! Who this installation is, and who signed in last: `counter.json`. Written to a temporary file, flushed, renamed, so
//! that a power cut leaves the old file or the new one.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use api::{BusinessId, CounterId, session::Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What `counter.json` keeps. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Made at the first start.
    pub id: CounterId,
    /// What people call this PC.
    pub name: String,
    /// Who signed in last; its business stays open when they sign out, since its tickets still print.
    pub last_login: Option<LastLogin>,
}

/// The last login, without what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastLogin {
    /// Where.
    pub server: String,
    /// As it was typed.
    pub email: String,
    /// For which restaurant.
    pub business_id: BusinessId,
    /// The name to greet.
    pub user_name: String,
    /// What they may do.
    pub role: Role,
}

/// `counter.json` in the folder of a counter.
#[derive(Debug, Clone)]
pub struct IdentityFile(PathBuf);

impl IdentityFile {
    /// The file in this folder.
    pub fn in_folder(folder: &Path) -> Self {
        IdentityFile(folder.join("counter.json"))
    }

    /// Reads it, or makes a new identity and keeps it. A file that cannot be read as one is set aside, and its new name
    /// is returned with the new identity.
    ///
    /// # Errors
    /// When the file cannot be read, moved or written.
    pub fn open(&self, name: &str) -> io::Result<(Identity, Option<PathBuf>)> {
        let aside = match fs::read(&self.0) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(identity) => return Ok((identity, None)),
                Err(error) => {
                    tracing::error!(file = %self.0.display(), %error, "counter.json is damaged");
                    let aside = self.0.with_extension(format!("damaged-{}", Uuid::now_v7()));
                    fs::rename(&self.0, &aside)?;
                    Some(aside)
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let identity = Identity {
            id: CounterId(Uuid::new_v4()),
            name: name.to_owned(),
            last_login: None,
        };
        self.keep(&identity)?;
        Ok((identity, aside))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When it cannot be written; the old file is still there then.
    pub fn keep(&self, identity: &Identity) -> io::Result<()> {
        let temporary = self.0.with_extension("new");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(&serde_json::to_vec_pretty(identity)?)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &self.0)?;
        if cfg!(unix)
            && let Some(folder) = self.0.parent()
        {
            // The new name is on disk only when the folder is.
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = IdentityFile::in_folder(folder.path());
        let (mut first, aside) = file.open("Counter 1").unwrap();
        assert_eq!(aside, None);
        first.last_login = Some(LastLogin {
            server: "https://panbot.example".into(),
            email: "a@b.example".into(),
            business_id: BusinessId(Uuid::new_v4()),
            user_name: "Ana".into(),
            role: Role::Staff,
        });
        file.keep(&first).unwrap();
        assert_eq!(file.open("another name").unwrap(), (first, None));
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_work_goes_on_as_a_new_counter() {
        let folder = tempfile::tempdir().unwrap();
        let file = IdentityFile::in_folder(folder.path());
        fs::write(folder.path().join("counter.json"), b"{ half a fi").unwrap();
        let (identity, aside) = file.open("Counter 1").unwrap();
        assert_eq!(fs::read(aside.unwrap()).unwrap(), b"{ half a fi");
        assert_eq!(file.open("x").unwrap(), (identity, None));
    }
}
