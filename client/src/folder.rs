//! The folder of a counter: one program works in it at a time, nobody else can read it, and it says who the counter is.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::{
    identity::{self, Identity, IdentityFile},
    options::{Options, StartError},
    view::Notice,
};

/// Makes the folder ours and finds out who we are.
pub async fn take(
    options: &Options,
) -> Result<(File, IdentityFile, Identity, Option<Notice>), StartError> {
    let folder: &Path = &options.data_dir;
    let cannot = |source| StartError::Folder {
        path: folder.to_owned(),
        source,
    };
    sqlite::private_folder(folder).map_err(cannot)?;
    let lock = File::create(folder.join("lock")).map_err(cannot)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StartError::InUse(folder.to_owned()),
        TryLockError::Error(source) => cannot(source),
    })?;
    let file = IdentityFile::in_folder(folder);
    identity::close_folder_to_others(folder).map_err(cannot)?;
    let (kept, aside) = file.read().map_err(cannot)?;
    let (identity, notice) = match (kept, aside) {
        (Some(identity), _) => (identity, None),
        (None, aside) => {
            let recovered = identity::recovered(folder).await;
            let path = aside.map(|path| path.display().to_string());
            let notice = match (&recovered, path) {
                (Some(_), path) => Some(Notice::CounterRecovered {
                    path: path.unwrap_or_else(|| "counter.json".into()),
                }),
                (None, path) => path.map(|path| Notice::FileSetAside { path }),
            };
            let identity = recovered.unwrap_or_else(|| Identity::new(&options.counter_name));
            file.keep(&identity).map_err(cannot)?;
            (identity, notice)
        }
    };
    Ok((lock, file, identity, notice))
}
