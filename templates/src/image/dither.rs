//! Grey to black and white. What is nearly black or white becomes so and takes no part in it, which keeps edges clean.

use super::shrink::Grid;
use crate::bitmap::Bitmap;
use crate::document::Dither;

/// Below it a dot is black, from it on white.
const MIDDLE: i32 = 128;
/// This far from black or white counts as such.
const NEARLY: i32 = 24;
/// Columns of error beside the picture at each side, so that no dot asks for its place.
const BESIDE: usize = 2;

/// Black where the grid is dark.
pub(super) fn dots(grid: &Grid, dither: Dither) -> Bitmap {
    let mut dots = Bitmap::new(grid.width(), grid.height());
    let mut errors: [Vec<i32>; 3] =
        std::array::from_fn(|_| vec![0; grid.width() as usize + 2 * BESIDE]);
    let mut lights = Vec::with_capacity(grid.width() as usize);
    for y in 0..grid.height() {
        grid.row(y, &mut lights);
        let row = dots.row_mut(y);
        let [here, below, below_that] = &mut errors;
        match dither {
            Dither::FloydSteinberg => floyd_steinberg(&lights, here, below, row),
            Dither::Atkinson => atkinson(&lights, here, below, below_that, row),
            Dither::Threshold => {
                for (eight, byte) in lights.chunks(8).zip(row) {
                    *byte = eight
                        .iter()
                        .enumerate()
                        .fold(0, |byte, (x, light)| byte | black(*light, x));
                }
            }
        }
        errors.rotate_left(1);
        // The row that was done takes the errors of a row further down.
        errors[2].fill(0);
    }
    dots
}

/// Robert W. Floyd and Louis Steinberg, "An adaptive algorithm for spatial grey scale", 1976: 7/16 of the error to the
/// right, 3/16, 5/16 and the rest below.
fn floyd_steinberg(lights: &[i32], here: &[i32], below: &mut [i32], row: &mut [u8]) {
    // What is on its way to the right, to the dot below, and to the one below at the right; in registers, since this runs
    // once for each dot of each logo.
    let (mut right, mut just_below, mut right_below) = (0, 0, 0);
    for (block, (eight, byte)) in lights.chunks(8).zip(row).enumerate() {
        let first = block * 8;
        let came = &here[first + BESIDE..];
        let left_below = &mut below[first + BESIDE - 1..];
        for (x, ((light, came), left_below)) in eight.iter().zip(came).zip(left_below).enumerate() {
            let (bit, error) = decide(*light, came + right, x);
            *byte |= bit;
            right = (error * 7) >> 4;
            let (three, five) = ((error * 3) >> 4, (error * 5) >> 4);
            *left_below = just_below + three;
            just_below = right_below + five;
            right_below = error - right - three - five;
        }
    }
    if let Some(last) = below.get_mut(lights.len() + BESIDE - 1) {
        *last = just_below;
    }
}

/// Bill Atkinson's of the first Macintosh: an eighth of the error to each of six neighbours, and a quarter to nobody.
fn atkinson(
    lights: &[i32],
    here: &mut [i32],
    below: &mut [i32],
    below_that: &mut [i32],
    row: &mut [u8],
) {
    for (block, (eight, byte)) in lights.chunks(8).zip(row).enumerate() {
        for (x, light) in eight.iter().enumerate() {
            let at = block * 8 + x + BESIDE;
            let (bit, error) = decide(*light, here[at], x);
            *byte |= bit;
            let part = error / 8;
            here[at + 1] += part;
            here[at + 2] += part;
            below[at - 1] += part;
            below[at] += part;
            below[at + 1] += part;
            below_that[at] += part;
        }
    }
}

/// The dot, and the error that is left for its neighbours. It stays near 128 to either side: a dot gets no more of it than
/// its neighbours had, and shrinks it by its own choice.
///
/// Without branches: in a photograph they would be guessed wrong every other time.
fn decide(light: i32, came: i32, x: usize) -> (u8, i32) {
    let between = -i32::from((NEARLY..=255 - NEARLY).contains(&light));
    let wanted = light + (came & between);
    let is_black = -i32::from(wanted < MIDDLE);
    let error = (wanted - (255 & !is_black)) & between;
    ((is_black & (0x80 >> x)) as u8, error)
}

fn black(light: i32, x: usize) -> u8 {
    if light < MIDDLE { 0x80 >> (x % 8) } else { 0 }
}
