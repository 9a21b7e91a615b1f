//! Where a receipt that is longer than its medium goes on on the next page.

use crate::bitmap::Bitmap;

/// First row and number of rows of each page, at most `most` rows each. A page ends between two lines of print where there
/// is such a place in its last third, so that no letter is cut in two.
pub(super) fn bands(piece: &Bitmap, most: u32) -> Vec<(u32, u32)> {
    let mut bands = Vec::new();
    let mut from = 0;
    while from < piece.height() {
        let left = piece.height() - from;
        let rows = if left <= most {
            left
        } else {
            let white = |row: &u32| piece.row(from + row).iter().all(|byte| *byte == 0);
            let latest = (most - most / 3..=most).rev().find(white);
            latest.filter(|row| *row > 0).unwrap_or(most)
        };
        bands.push((from, rows));
        from += rows;
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_between_two_lines_and_every_row_is_on_one_page() {
        let mut piece = Bitmap::new(8, 100);
        for line in 0..10 {
            piece.fill(0, line * 10, 8, 7, true);
        }
        assert_eq!(
            bands(&piece, 36),
            [(0, 29), (29, 30), (59, 30), (89, 11)],
            "the page ends in the last white row that it has room for"
        );
        assert_eq!(bands(&piece, 100), [(0, 100)]);
    }

    #[test]
    fn what_has_no_white_row_is_cut_where_the_page_ends() {
        let mut piece = Bitmap::new(8, 10);
        piece.fill(0, 0, 8, 10, true);
        assert_eq!(bands(&piece, 4), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(bands(&piece, 1).len(), 10);
        assert_eq!(bands(&Bitmap::new(8, 0), 4), []);
    }
}
