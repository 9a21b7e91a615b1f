//! Files that are named on the command line, and what is wrong with how the program was called.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use templates::{Partials, Profile};

/// The program was called in a way that cannot be meant; it ends with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// The bytes of a file; - is standard input.
pub fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("standard input cannot be read")?;
        return Ok(bytes);
    }
    fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The text of a file; - is standard input.
pub fn text(file: &Path) -> anyhow::Result<String> {
    String::from_utf8(bytes(file)?)
        .map_err(|_| anyhow::anyhow!("{} is no text in UTF-8", file.display()))
}

/// What templates include, from a folder of `name.mustache`.
pub fn partials(folder: &Path) -> anyhow::Result<Partials> {
    let unread = || format!("{} cannot be read", folder.display());
    let mut partials = Partials::new();
    for entry in fs::read_dir(folder).with_context(unread)? {
        let path = entry.with_context(unread)?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        if let (Some(name), Some("mustache")) = (name, path.extension().and_then(|e| e.to_str())) {
            partials.insert(name.to_owned(), text(&path)?);
        }
    }
    Ok(partials)
}

/// A profile by its name, or from a file.
pub fn profile(given: &str) -> anyhow::Result<Profile> {
    if let Some(profile) = Profile::named(given) {
        return Ok(profile);
    }
    let text = fs::read_to_string(given).with_context(|| {
        format!("there is no printer profile {given}, and no file of that name can be read")
    })?;
    Profile::from_json(&text).with_context(|| format!("{given} is no printer profile"))
}

/// Writes what came out, to standard output if no file is named.
pub fn write(out: &[u8], file: Option<&PathBuf>) -> anyhow::Result<()> {
    use std::io::Write as _;
    match file {
        Some(path) => {
            fs::write(path, out).with_context(|| format!("{} cannot be written", path.display()))
        }
        None => Ok(std::io::stdout().write_all(out)?),
    }
}
