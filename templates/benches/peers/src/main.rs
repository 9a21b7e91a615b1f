//! The receipt of a folder (`order.json`, `receipt.mustache`, `receipt.rl`, `logo.png`) made by other libraries: the
//! builder of the `escpos` crate and the engine of the `mustache` crate. One line of JSON for each case, times in seconds
//! of this process's CPU.

use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use escpos::driver::Driver;
use escpos::printer::Printer;
use escpos::printer_options::PrinterOptions;
use escpos::utils::{
    JustifyMode, PageCode, Protocol, QRCodeCorrectionLevel, QRCodeModel, QRCodeOption,
    UnderlineMode,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Order {
    business: Business,
    number: String,
    date: String,
    channel: String,
    customer: String,
    items: Vec<Item>,
    subtotal: String,
    tax_label: String,
    tax: String,
    total: String,
    url: String,
}

#[derive(Serialize, Deserialize)]
struct Business {
    name: String,
    address: String,
    phone: String,
}

#[derive(Serialize, Deserialize)]
struct Item {
    name: String,
    qty: String,
    price: String,
    modifiers: Vec<Modifier>,
    note: String,
    has_note: bool,
}

#[derive(Serialize, Deserialize)]
struct Modifier {
    name: String,
    price: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let folder = Path::new(&folder);
    let seconds: f64 = arguments
        .next()
        .map_or(Ok(1.0), |seconds| seconds.parse())?;
    let order: Order = serde_json::from_slice(&std::fs::read(folder.join("order.json"))?)?;
    let template = std::fs::read_to_string(folder.join("receipt.mustache"))?;
    let logo = std::fs::read(folder.join("logo.png"))?;

    let escpos = "escpos 0.20.1";
    measure(escpos, "receipt", seconds, || {
        Ok(receipt(&order, None, true)?.len())
    })?;
    measure(escpos, "receipt-noqr", seconds, || {
        Ok(receipt(&order, None, false)?.len())
    })?;
    measure(escpos, "logo", seconds, || {
        Ok(receipt(&order, Some(&logo), true)?.len())
    })?;
    let mustache = "mustache 0.9.0";
    measure(mustache, "template", seconds, || {
        Ok(mustache::compile_str(&template)?
            .render_to_string(&order)?
            .len())
    })?;
    let compiled = mustache::compile_str(&template)?;
    measure(mustache, "template-parsed", seconds, || {
        Ok(compiled.render_to_string(&order)?.len())
    })?;
    Ok(())
}

/// Bytes in memory in place of a printer.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Vec<u8>>>);

impl Driver for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn write(&self, data: &[u8]) -> escpos::errors::Result<()> {
        self.0.borrow_mut().extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _: &mut [u8]) -> escpos::errors::Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> escpos::errors::Result<()> {
        Ok(())
    }
}

const COLUMNS: usize = 48;

/// The same rows as `receipt.mustache` makes, padded by hand: the builder has no columns.
fn receipt(order: &Order, logo: Option<&[u8]>, code: bool) -> escpos::errors::Result<Vec<u8>> {
    let memory = Memory::default();
    let options = PrinterOptions::new(Some(PageCode::PC858), None, COLUMNS as u8);
    let mut printer = Printer::new(memory.clone(), Protocol::default(), Some(options));
    printer.init()?.justify(JustifyMode::CENTER)?;
    if let Some(logo) = logo {
        printer.bit_image_from_bytes(logo)?;
    }
    let Business {
        name,
        address,
        phone,
    } = &order.business;
    printer.size(2, 2)?.writeln(name)?.reset_size()?;
    printer
        .writeln(address)?
        .writeln(phone)?
        .justify(JustifyMode::LEFT)?;
    let number = format!("Order {}", order.number);
    printer.bold(true)?.write(&number)?.bold(false)?;
    printer.writeln(&format!(
        "{:>1$}",
        order.date,
        COLUMNS - number.chars().count()
    ))?;
    printer.writeln(&row(&order.channel, &order.customer))?;
    let rule = "-".repeat(COLUMNS);
    printer.writeln(&rule)?;
    for item in &order.items {
        let quantity = format!("{}x", item.qty);
        printer.writeln(&row(&format!("{quantity:<5}{}", item.name), &item.price))?;
        for modifier in &item.modifiers {
            printer.writeln(&row(
                &format!("       + {}", modifier.name),
                &modifier.price,
            ))?;
        }
        if item.has_note {
            printer.write("       ")?.underline(UnderlineMode::Single)?;
            printer
                .write(&item.note)?
                .underline(UnderlineMode::None)?
                .feed()?;
        }
    }
    printer.writeln(&rule)?;
    printer.writeln(&row("Subtotal", &order.subtotal))?;
    printer.writeln(&row(&order.tax_label, &order.tax))?;
    printer
        .bold(true)?
        .size(1, 2)?
        .writeln(&row("TOTAL", &order.total))?;
    printer
        .reset_size()?
        .bold(false)?
        .justify(JustifyMode::CENTER)?;
    if code {
        let look = QRCodeOption::new(QRCodeModel::Model2, 4, QRCodeCorrectionLevel::M);
        printer.qrcode_option(&order.url, look)?;
    }
    printer.writeln("See you soon!")?.partial_cut()?.print()?;
    drop(printer);
    Ok(memory.0.take())
}

fn row(left: &str, right: &str) -> String {
    format!(
        "{left}{right:>0$}",
        COLUMNS.saturating_sub(left.chars().count())
    )
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn measure(
    peer: &str,
    case: &str,
    seconds: f64,
    mut make: impl FnMut() -> Outcome<usize>,
) -> Outcome<()> {
    let seconds = Duration::from_secs_f64(seconds);
    let warm = Instant::now();
    let mut bytes = make()?;
    while warm.elapsed() < seconds / 3 {
        bytes = make()?;
    }
    let (wall, cpu, mut times) = (Instant::now(), ProcessTime::now(), 0_u32);
    while wall.elapsed() < seconds {
        for _ in 0..8 {
            black_box(make()?);
        }
        times += 8;
    }
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    let (ops, cpu) = (f64::from(times) / wall, f64::from(times) / cpu);
    println!(
        "{}",
        serde_json::json!({ "peer": peer, "case": case, "ops": ops, "cpu": cpu, "bytes": bytes })
    );
    Ok(())
}
