//! The run-length code that PWG raster and URF share (PWG 5102.4 section 4.4).

use super::{Source, Unprintable};

/// Reads rows of a page, `unit` bytes a pixel, and commands each of them to `row` as often as it is repeated.
pub(super) fn rows(
    source: &mut Source<'_>,
    (bytes_a_row, unit): (usize, usize),
    height: u32,
    white: Option<u8>,
    mut row: impl FnMut(u32, &[u8]),
) -> Result<(), Unprintable> {
    let mut pixels = Vec::with_capacity(bytes_a_row);
    let mut y = 0;
    while y < height {
        let [alike] = source.take(1, "a row")? else {
            return Err(source.broken("it ends within a row"));
        };
        let alike = u32::from(*alike) + 1;
        if y + alike > height {
            return Err(source.broken("there are more rows than the page has"));
        }
        pixels.clear();
        while pixels.len() < bytes_a_row {
            let [code] = source.take(1, "a run")? else {
                return Err(source.broken("it ends within a run"));
            };
            let code = usize::from(*code);
            match (code, white) {
                (0..=127, _) => {
                    let pixel = source.take(unit, "a run")?;
                    for _ in 0..=code {
                        pixels.extend_from_slice(pixel);
                    }
                }
                (128, Some(white)) => pixels.resize(bytes_a_row, white),
                (128, None) => return Err(source.broken("128 is no length of a run")),
                (_, _) => pixels.extend_from_slice(source.take((257 - code) * unit, "a run")?),
            }
            if pixels.len() > bytes_a_row {
                return Err(source.broken("a run is longer than its row"));
            }
        }
        for y in y..y + alike {
            row(y, &pixels);
        }
        y += alike;
    }
    Ok(())
}
