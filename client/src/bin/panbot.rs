//! The panbot program.
fn main() {}
