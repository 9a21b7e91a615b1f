//! QR codes and barcodes as dots.
