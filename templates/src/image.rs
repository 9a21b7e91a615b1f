//! Pictures of other people as dots.
