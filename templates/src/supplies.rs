//! What paper is made with besides the ticket itself.

use crate::fonts::Fonts;
use crate::pictures::Pictures;

/// Fonts to draw with, and pictures that are stored once. Clones share both.
#[derive(Debug, Clone, Default)]
pub struct Supplies {
    /// Letters for what a printer cannot say in its own.
    pub fonts: Fonts,
    /// Pictures by name, and what was made dots of before.
    pub pictures: Pictures,
}

impl From<Fonts> for Supplies {
    /// Without any picture.
    fn from(fonts: Fonts) -> Self {
        Supplies {
            fonts,
            pictures: Pictures::default(),
        }
    }
}
