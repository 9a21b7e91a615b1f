//! Receipts as files: text, picture and bytes of each.

use super::receipt::Receipt;
use std::path::{Path, PathBuf};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Characters that no file system minds.
pub(crate) fn file_stem(printer: &str) -> String {
    let harmless =
        |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | ' ' | '.');
    let stem: String = printer
        .chars()
        .map(|character| if harmless(character) { character } else { '-' })
        .collect();
    stem.trim_start_matches('.').to_owned()
}

/// The highest number of this printer's receipts in the folder.
pub(crate) fn highest_number(folder: &Path, printer: &str) -> std::io::Result<u64> {
    let stem = format!("{}-", file_stem(printer));
    let mut highest = 0;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(&stem))
            .and_then(|rest| rest.split('.').next())
            .and_then(|number| number.parse::<u64>().ok());
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

/// Writes receipts to the folder, with their pictures if `pictures`; `written` counts them. Ends once nothing follows and all of them are written.
pub(crate) async fn write_all(
    (folder, pictures): (PathBuf, bool),
    mut receipts: mpsc::UnboundedReceiver<Receipt>,
    written: watch::Sender<u64>,
    no_more_receipts: CancellationToken,
) {
    loop {
        let receipt = tokio::select! {
            receipt = receipts.recv() => receipt,
            () = no_more_receipts.cancelled(), if !receipts.is_closed() => {
                receipts.close();
                continue;
            }
        };
        let Some(receipt) = receipt else { return };
        let folder = folder.clone();
        let name = format!("{}-{}", receipt.printer, receipt.number);
        match tokio::task::spawn_blocking(move || write(&folder, pictures, &receipt)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(receipt = name, %error, "not written"),
            Err(error) => tracing::error!(receipt = name, %error, "not written"),
        }
        written.send_modify(|count| *count += 1);
    }
}

/// Bytes, picture and text, in this order: where the text is, all of them are.
fn write(folder: &Path, pictures: bool, receipt: &Receipt) -> std::io::Result<()> {
    let stem = format!("{}-{}", file_stem(&receipt.printer), receipt.number);
    let put = |ending: &str, content: &[u8]| {
        let unfinished = folder.join(format!(".{stem}.{ending}.new"));
        std::fs::write(&unfinished, content)?;
        std::fs::rename(unfinished, folder.join(format!("{stem}.{ending}")))
    };
    put(receipt.format.ending(), &receipt.bytes)?;
    match pictures.then(|| receipt.png()) {
        None => {}
        Some(Ok(png)) => put("png", &png)?,
        Some(Err(error)) => tracing::error!(receipt = stem, %error, "written without its picture"),
    }
    let mut text = receipt.text.to_string();
    if !receipt.finished {
        text.push_str("--- unfinished: the paper was not cut ---\n");
    }
    put("txt", text.as_bytes())
}
