//! Who this installation is, and who signed in last: `counter.json`. Written to a temporary file, flushed, renamed, so
//! that a power cut leaves the old file or the new one.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use api::{BusinessId, CounterId, session::Role};
use serde::{Deserialize, Serialize};
use sqlite::{private_file, private_folder};
use uuid::Uuid;

use crate::store::Store;

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

    /// Reads it. One that cannot be read is set aside, and where it lies now comes back.
    ///
    /// # Errors
    /// When the file cannot be read or moved.
    pub fn read(&self) -> io::Result<(Option<Identity>, Option<PathBuf>)> {
        match fs::read(&self.0) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(identity) => Ok((Some(identity), None)),
                Err(error) => {
                    tracing::error!(file = %self.0.display(), %error, "counter.json is damaged");
                    let aside = self.0.with_extension(format!("damaged-{}", Uuid::now_v7()));
                    fs::rename(&self.0, &aside)?;
                    Ok((None, Some(aside)))
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((None, None)),
            Err(error) => Err(error),
        }
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When it cannot be written; the old file is still there then.
    pub fn keep(&self, identity: &Identity) -> io::Result<()> {
        let temporary = self.0.with_extension("new");
        let mut file = private_file(&temporary)?;
        file.set_len(0)?;
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

impl Identity {
    /// Of a counter that was never here.
    pub fn new(name: &str) -> Identity {
        Identity {
            id: CounterId(Uuid::new_v4()),
            name: name.to_owned(),
            last_login: None,
        }
    }
}

/// Takes from others what an earlier version let them do with the files of a counter.
///
/// # Errors
/// When permissions cannot be read or changed.
pub fn close_folder_to_others(folder: &Path) -> io::Result<()> {
    private_folder(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if Uuid::parse_str(&name).is_ok() {
                private_folder(&path)?;
                for file in fs::read_dir(&path)? {
                    let file = file?;
                    if file.file_type()?.is_file() {
                        private_file(&file.path())?;
                    }
                }
            }
        } else if name == "lock" || name.starts_with("counter.") || name.starts_with("secret-") {
            private_file(&path)?;
        }
    }
    Ok(())
}

/// Who this counter is by the files of its restaurants, the newest first: for when `counter.json` is lost.
pub async fn recovered(folder: &Path) -> Option<Identity> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("counter.sqlite")))
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    files.sort();
    for (_, path) in files.into_iter().rev() {
        match Store::open(&path).await {
            Ok((store, _)) => {
                let identity = store.identity().await;
                store.close().await;
                if let Ok(Some(identity)) = identity {
                    return Some(identity);
                }
            }
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "it does not say who this counter is");
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            last_login: Some(LastLogin {
                server: "https://panbot.example".into(),
                email: "a@b.example".into(),
                business_id: BusinessId(Uuid::new_v4()),
                user_name: "Ana".into(),
                role: Role::Staff,
            }),
            ..Identity::new("Counter 1")
        }
    }

    #[test]
    fn a_counter_is_the_same_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = IdentityFile::in_folder(folder.path());
        assert_eq!(file.read().unwrap(), (None, None));
        let first = identity();
        file.keep(&first).unwrap();
        assert_eq!(file.read().unwrap(), (Some(first), None));
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let file = IdentityFile::in_folder(folder.path());
        fs::write(folder.path().join("counter.json"), b"{ half a fi").unwrap();
        let (none, aside) = file.read().unwrap();
        assert_eq!(
            (none, fs::read(aside.unwrap()).unwrap()),
            (None, b"{ half a fi".to_vec())
        );
    }

    #[tokio::test]
    async fn who_a_counter_is_stands_in_the_files_of_its_restaurant_too() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(recovered(folder.path()).await, None);
        let business = folder.path().join(Uuid::new_v4().to_string());
        let (store, _) = Store::open(&business.join("counter.sqlite")).await.unwrap();
        let known = identity();
        store.set_identity(&known).await.unwrap();
        store.close().await;
        assert_eq!(recovered(folder.path()).await, Some(known));
    }

    #[cfg(unix)]
    #[test]
    fn what_an_earlier_version_left_open_to_others_is_closed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let business = folder.path().join(Uuid::new_v4().to_string());
        fs::create_dir_all(&business).unwrap();
        let (ours, theirs) = (
            business.join("counter.sqlite"),
            folder.path().join("notes.txt"),
        );
        for file in [&ours, &theirs] {
            fs::write(file, "x").unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
        }
        fs::set_permissions(&business, fs::Permissions::from_mode(0o755)).unwrap();
        close_folder_to_others(folder.path()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&business), 0o700);
        assert_eq!(mode(&ours), 0o600);
        assert_eq!(mode(&theirs), 0o644, "what is not ours stays as it is");
        IdentityFile::in_folder(folder.path())
            .keep(&identity())
            .unwrap();
        assert_eq!(mode(&folder.path().join("counter.json")), 0o600);
    }
}
