//! A command in words: its name in the reference, and what its parameters say.

use super::command::{Barcode, Command, Picture, PictureKind, PrintMode, Qr, RealTime};
use std::fmt::{self, Display, Formatter};

/// Bytes that are shown of one that is not understood.
const SHOWN: usize = 64;

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Command::Text { text, .. } => write!(f, "text {text:?}"),
            Command::LineFeed => f.write_str("LF"),
            Command::CarriageReturn => f.write_str("CR"),
            Command::Tab => f.write_str("HT"),
            Command::Initialize => f.write_str("ESC @ initialize"),
            Command::PrintMode(mode) => print_mode(*mode, f),
            Command::Bold(on) => write!(f, "ESC E bold {}", switch(*on)),
            Command::DoubleStrike(on) => write!(f, "ESC G double strike {}", switch(*on)),
            Command::Underline(dots) => write!(f, "ESC - underline {dots}"),
            Command::Font(font) => write!(f, "ESC M font {font:?}"),
            Command::Align(align) => write!(f, "ESC a align {align:?}"),
            Command::FeedLines(lines) => write!(f, "ESC d feed lines {lines}"),
            Command::FeedDots(dots) => write!(f, "ESC J feed dots {dots}"),
            Command::DefaultLineSpacing => f.write_str("ESC 2 default line spacing"),
            Command::LineSpacing(dots) => write!(f, "ESC 3 line spacing {dots}"),
            Command::CharacterSpacing(dots) => write!(f, "ESC SP character spacing {dots}"),
            Command::CodePage(page) => write!(f, "ESC t code page {page}"),
            Command::CharacterSet(set) => write!(f, "ESC R international set {set}"),
            Command::Utf8(on) => write!(f, "FS ( C UTF-8 {}", switch(*on)),
            Command::DoubleByte(true) => f.write_str("FS & double-byte on"),
            Command::DoubleByte(false) => f.write_str("FS . double-byte off"),
            Command::DoubleByteSystem(system) => {
                let names = ["JIS", "Shift_JIS", "Shift_JIS X 0213"];
                let name = names.get(usize::from(*system)).unwrap_or(&"?");
                write!(f, "FS C double-byte system {name}")
            }
            Command::DoubleByteUnderline(dots) => write!(f, "FS - double-byte underline {dots}"),
            Command::DoubleByteMode {
                double_width,
                double_height,
                underline,
            } => {
                let name = if underline.is_some() { "FS !" } else { "FS W" };
                write!(f, "{name} double-byte")?;
                write!(f, " width {}", 1 + u8::from(*double_width))?;
                write!(f, " height {}", 1 + u8::from(*double_height))?;
                match underline {
                    Some(on) => write!(f, " underline {}", switch(*on)),
                    None => Ok(()),
                }
            }
            Command::DoubleByteSpacing(left, right) => {
                write!(f, "FS S double-byte spacing left {left} right {right}")
            }
            Command::DrawerPulse { pin, on_ms, off_ms } => {
                write!(f, "ESC p drawer pin {pin} on {on_ms} ms off {off_ms} ms")
            }
            Command::Buzzer { times, ms } => write!(f, "buzzer {times} times {ms} ms"),
            Command::Size { width, height } => write!(f, "GS ! size width {width} height {height}"),
            Command::Inverse(on) => write!(f, "GS B inverse {}", switch(*on)),
            Command::UpsideDown(on) => write!(f, "ESC {{ upside down {}", switch(*on)),
            Command::Cut { partial, feed } => {
                let how = if *partial { "partial" } else { "full" };
                write!(f, "GS V cut {how} feed {feed}")
            }
            Command::LeftMargin(dots) => write!(f, "GS L left margin {dots}"),
            Command::PrintWidth(dots) => write!(f, "GS W print width {dots}"),
            Command::Position(dots) => write!(f, "ESC $ position {dots}"),
            Command::Move(dots) => write!(f, "ESC \\ move {dots:+}"),
            Command::TabStops(stops) => write!(f, "ESC D tab stops {stops:?}"),
            Command::Picture(picture) => describe_picture(picture, f),
            Command::PrintStored => f.write_str("GS ( L print the stored picture"),
            Command::Qr(qr) => describe_qr(qr, f),
            Command::Symbol {
                kind,
                function,
                data,
            } => {
                let data = data.escape_ascii();
                write!(f, "GS ( k code {kind} function {function} \"{data}\"")
            }
            Command::Barcode(Barcode { kind, data }) => {
                write!(f, "GS k barcode {kind:?} \"{}\"", data.escape_ascii())
            }
            Command::BarcodeHeight(dots) => write!(f, "GS h barcode height {dots}"),
            Command::BarcodeWidth(dots) => write!(f, "GS w barcode width {dots}"),
            Command::BarcodeText(place) => {
                let places = ["none", "above", "below", "above and below"];
                let place = places.get(usize::from(*place)).unwrap_or(&"?");
                write!(f, "GS H barcode text {place}")
            }
            Command::BarcodeFont(font) => write!(f, "GS f barcode font {font}"),
            Command::Status(n) => write!(f, "GS r status {n}"),
            Command::AutomaticStatus(bits) => write!(f, "GS a automatic status {bits:#04x}"),
            Command::Identify(n) => write!(f, "GS I identify {n}"),
            Command::Confirm(id) => write!(f, "GS ( H confirm \"{}\"", id.escape_ascii()),
            Command::RealTimeAllowed(pairs) => {
                f.write_str("GS ( D real-time commands")?;
                pairs
                    .iter()
                    .try_for_each(|(function, on)| write!(f, " {function} {}", switch(*on)))
            }
            Command::RealTime {
                request,
                inside_data,
            } => {
                describe_real_time(*request, f)?;
                f.write_str(if *inside_data { " inside of data" } else { "" })
            }
            Command::Setting(name) => f.write_str(name),
            Command::Unknown(bytes) => hex("UNKNOWN", bytes, f),
            Command::Truncated(bytes) => hex("TRUNCATED", bytes, f),
        }
    }
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn print_mode(mode: PrintMode, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "ESC ! font {:?}", mode.font)?;
    for (on, name) in [
        (mode.bold, "bold"),
        (mode.double_width, "double width"),
        (mode.double_height, "double height"),
        (mode.underline, "underline"),
    ] {
        if on {
            write!(f, " {name}")?;
        }
    }
    Ok(())
}

fn describe_picture(picture: &Picture, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(match picture.kind {
        PictureKind::Rows => "GS v 0 picture",
        PictureKind::Stored => "GS ( L store picture",
        PictureKind::Columns => "ESC * picture",
    })?;
    write!(f, " {}x{}", picture.width, picture.height)?;
    match (picture.scale_x, picture.scale_y) {
        (1, 1) => Ok(()),
        (x, y) => write!(f, " scale {x}x{y}"),
    }
}

fn describe_qr(qr: &Qr, f: &mut Formatter<'_>) -> fmt::Result {
    match qr {
        Qr::Model(model) => write!(f, "GS ( k QR model {}", model.saturating_sub(48)),
        Qr::Size(dots) => write!(f, "GS ( k QR module {dots}"),
        Qr::Correction(level) => {
            let levels = ["L", "M", "Q", "H"];
            let level = levels.get(usize::from(level.saturating_sub(48)));
            write!(f, "GS ( k QR correction {}", level.unwrap_or(&"?"))
        }
        Qr::Store(data) => write!(f, "GS ( k QR store {:?}", String::from_utf8_lossy(data)),
        Qr::Print => f.write_str("GS ( k QR print"),
        Qr::AskSize => f.write_str("GS ( k QR size?"),
    }
}

fn describe_real_time(request: RealTime, f: &mut Formatter<'_>) -> fmt::Result {
    match request {
        RealTime::Status(n) => write!(f, "DLE EOT status {n}"),
        RealTime::Recover(n) => write!(f, "DLE ENQ recover {n}"),
        RealTime::DrawerPulse { pin, on_ms } => write!(f, "DLE DC4 drawer pin {pin} on {on_ms} ms"),
        RealTime::PowerOff => f.write_str("DLE DC4 power off"),
        RealTime::Buzzer => f.write_str("DLE DC4 buzzer"),
        RealTime::TransmitStatus(n) => write!(f, "DLE DC4 transmit status {n}"),
        RealTime::ClearBuffer => f.write_str("DLE DC4 clear the buffer"),
    }
}

fn hex(what: &str, bytes: &[u8], f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str(what)?;
    for byte in bytes.iter().take(SHOWN) {
        write!(f, " {byte:02X}")?;
    }
    match bytes.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reader;

    #[test]
    fn a_command_is_named_as_in_the_reference() {
        let mut reader = Reader::new();
        let sent = b"\x1b@\x1ba\x01\x1d!\x11Hi \"x\"\n\x1b!\xb0\x1dv0\x01\x01\0\x01\0\xff\x1d(k\x03\x001E1\x1dkI\x05{Babc\x1b\\\xfe\xff\x1b\xff\x1dV\x42\x10\x1dv0";
        let mut reads = reader.push(sent);
        reads.extend(reader.finish());
        let words: Vec<String> = reads.iter().map(|read| read.what.to_string()).collect();
        assert_eq!(
            words,
            [
                "ESC @ initialize",
                "ESC a align Center",
                "GS ! size width 2 height 2",
                "text \"Hi \\\"x\\\"\"",
                "LF",
                "ESC ! font A double width double height underline",
                "GS v 0 picture 8x1 scale 2x1",
                "GS ( k QR correction M",
                "GS k barcode Code128 \"{Babc\"",
                "ESC \\ move -2",
                "UNKNOWN 1B FF",
                "GS V cut partial feed 16",
                "TRUNCATED 1D 76 30",
            ]
        );
    }
}
