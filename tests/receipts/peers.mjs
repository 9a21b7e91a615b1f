// The same tickets by other libraries, to see whether our reader of ESC/POS understands the world as it is: a receipt, and
// everything that a library can say. Run as a program it writes the bytes to tests/receipts/peers.
//
// What npm's receiptline, @point-of-sale/receipt-printer-encoder and node-thermal-printer make is made anew at each run of
// the test; python-escpos has the same tickets in peers.py.

import { createRequire } from "node:module";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import receiptline from "receiptline";
import encoder from "@point-of-sale/receipt-printer-encoder";
import thermal from "node-thermal-printer";

export const folder = join(dirname(fileURLToPath(import.meta.url)), "peers");

const require = createRequire(import.meta.url);
const { PNG } = createRequire(require.resolve("node-thermal-printer"))("pngjs");

const COLUMNS = 48;
const SHOP = "Taverna Ακρόπολη";
const LINK = "https://example.org/t/1042";
const ITEMS = [
  ["2x", "Café crème", "6,40"],
  ["1x", "Jalapeño-Brötchen", "4,90"],
  ["1x", "Smørrebrød", "7,50"],
];

/** A wedge of 24 by 20 dots, black below its diagonal. */
function wedge() {
  const png = new PNG({ width: 24, height: 20 });
  for (let y = 0; y < png.height; y += 1) {
    for (let x = 0; x < png.width; x += 1) {
      const light = x > y ? 255 : 0;
      png.data.set([light, light, light, 255], (y * png.width + x) * 4);
    }
  }
  return png;
}

const rows = (row) => ITEMS.map(row).join("\n");

const RECEIPT = `{align:center}
^^^"Receipt 1042"
${SHOP}
-
{width:4,*,10;border:none}
${rows(([count, name, price]) => `|${count}|${name}| ${price}|`)}
-
{width:*,14}
|^^"TOTAL|^^" 18,80 €|
{width:auto}
{code:${LINK};option:qrcode,4,m}
Thank you!
`;

const STYLES = `{align:left}
_under_ "bold" \`inverse\` ^wide^ ^^high^^ ^^^both^^^ ^^^^three^^^^
{align:right;width:20,10;border:line}
|left| right|
|centre||
=
{border:space;align:center}
{image:IMAGE}
{code:4006381333931;option:ean,3,60,hri}
{code:01234565;option:upc,2,50}
{code:042100005264;option:upc,2,50,hri}
{code:A-1042;option:code39,2,40,hri}
{code:001042;option:itf,2,40}
{code:A1042B;option:nw7,2,40}
{code:CODE93;option:code93,2,40}
{code:Az{1042;option:code128,2,72,hri}
{code:123456;option:code128,2,72}
`;

const ASIA = {
  shiftjis: "餃子セット ｱｲｽ _味噌_ 5個",
  gb18030: "牛肉面 _大份_ 5个",
  big5: "牛肉麵 _大碗_ 5個",
  ksc5601: "김치찌개 _매운_ 5개",
};

function ofReceiptline() {
  const made = {};
  const base = { cpl: COLUMNS, encoding: "multilingual", spacing: true };
  const image = PNG.sync.write(wedge(), { deflateLevel: 9 }).toString("base64");
  const bytes = (markup, options) => Buffer.from(receiptline.transform(markup, { ...base, ...options }), "binary");
  for (const command of ["escpos", "generic", "impact"]) {
    const cpl = command === "impact" ? 33 : COLUMNS;
    made[`receiptline-${command}-receipt`] = bytes(RECEIPT, { command, cpl });
    made[`receiptline-${command}-everything`] = bytes(STYLES.replace("IMAGE", image), { command, cpl });
  }
  made["receiptline-upside-down"] = bytes(RECEIPT, { command: "escpos", upsideDown: true });
  made["receiptline-narrow"] = bytes(RECEIPT, { command: "escpos", cpl: 29, margin: 2, marginRight: 1, spacing: false });
  for (const [encoding, text] of Object.entries(ASIA)) {
    made[`receiptline-${encoding}`] = bytes(text, { command: "escpos", encoding });
  }
  return made;
}

function ofEncoder() {
  const Encoder = encoder.default ?? encoder;
  const png = wedge();
  const image = { width: png.width, height: png.height, data: new Uint8ClampedArray(png.data) };
  const bytes = (write, options) => {
    const plain = { language: "esc-pos", columns: COLUMNS, codepageMapping: "epson", feedBeforeCut: 4 };
    const printer = new Encoder(options?.printerModel ? options : { ...plain, ...options });
    write(printer.initialize());
    return Buffer.from(printer.encode());
  };
  const receipt = (printer) => {
    printer.codepage("auto").align("center").size(2, 2).line("Receipt 1042").size(1, 1).line(SHOP).align("left").rule();
    printer.table([{ width: 4, align: "left" }, { width: printer.columns - 14, align: "left" }, { width: 10, align: "right" }], ITEMS);
    printer.rule({ style: "double" }).bold(true).height(2);
    printer.table([{ width: printer.columns - 14, align: "left" }, { width: 14, align: "right" }], [["TOTAL", "18,80 €"]]);
    printer.height(1).bold(false).align("center").qrcode(LINK, { model: 2, size: 4, errorlevel: "m" });
    printer.line("Thank you!").pulse(0, 100, 500).cut("partial");
  };
  const everything = (printer) => {
    printer.codepage("cp858").underline(true).text("under ").underline(false).bold(true).text("bold ").bold(false);
    printer.invert(true).text("inverse ").invert(false).italic(true).text("italic ").italic(false).newline();
    printer.width(3).text("wide ").width(1).height(3).line("high").height(1).font("B").line("small").font("A");
    printer.align("right").line("right").align("center").line("Größe 5 €").align("left");
    printer.box({ width: 20, style: "double", align: "center" }, "boxed");
    printer.image(image, { width: 24, height: 16, algorithm: "floydsteinberg" });
    printer.image(image, { width: 24, height: 24, algorithm: "atkinson", mode: "column" });
    for (const [data, symbology] of [
      ["4006381333931", "ean13"], ["96385074", "ean8"], ["042100005264", "upca"], ["04252614", "upce"],
      ["A-1042", "code39"], ["001042", "itf"], ["A1042B", "codabar"], ["CODE93", "code93"],
      ["A-1042", "code128"], ["{C\x0a\x2a", "code128"], ["(01)04006381333931", "gs1-128"],
      ["0400638133393", "gs1-databar-omni"], ["0400638133393", "gs1-databar-truncated"],
      ["0400638133393", "gs1-databar-limited"], ["(01)04006381333931", "gs1-databar-expanded"],
    ]) {
      printer.barcode(data, symbology, { height: 60, width: 2, text: true });
    }
    printer.qrcode("model 1", { model: 1, size: 6, errorlevel: "h" });
    printer.pdf417("Order 1042", { width: 3, height: 3, columns: 4, rows: 0, errorlevel: 2, truncated: false });
    printer.pdf417("Order 1042", { truncated: true });
    printer.pulse(1, 200, 200).cut("full");
  };
  return {
    "encoder-receipt": bytes(receipt),
    "encoder-everything": bytes(everything),
    "encoder-columns": bytes(everything, { imageMode: "column" }),
    "encoder-tm-t88vi": bytes(receipt, { printerModel: "epson-tm-t88vi" }),
  };
}

function ofThermal() {
  const { printer: Printer, types } = thermal;
  const png = wedge();
  const bytes = (write, options) => {
    const printer = new Printer({ type: types.EPSON, width: COLUMNS, characterSet: "PC858_EURO", ...options });
    write(printer);
    return Buffer.from(printer.getBuffer());
  };
  const receipt = (printer) => {
    printer.alignCenter();
    printer.setTextQuadArea();
    printer.println("Receipt 1042");
    printer.setTextNormal();
    printer.println(SHOP);
    printer.alignLeft();
    printer.drawLine();
    for (const [count, name, price] of ITEMS) {
      printer.tableCustom([
        { text: count, align: "LEFT", cols: 4 },
        { text: name, align: "LEFT", cols: 34 },
        { text: price, align: "RIGHT", cols: 10 },
      ]);
    }
    printer.drawLine();
    printer.bold(true);
    printer.setTextDoubleHeight();
    printer.leftRight("TOTAL", "18,80 €");
    printer.setTextNormal();
    printer.bold(false);
    printer.alignCenter();
    printer.printQR(LINK, { cellSize: 4, correction: "M" });
    printer.println("Thank you!");
    printer.partialCut();
  };
  const everything = (printer) => {
    printer.underline(true);
    printer.print("under ");
    printer.underline(false);
    printer.underlineThick(true);
    printer.print("thick ");
    printer.underlineThick(false);
    printer.invert(true);
    printer.print("inverse ");
    printer.invert(false);
    printer.setTypeFontB();
    printer.print("small ");
    printer.setTypeFontA();
    printer.setTextSize(2, 3);
    printer.println("large");
    printer.setTextNormal();
    printer.setTextDoubleWidth();
    printer.println("wide");
    printer.setTextNormal();
    printer.alignRight();
    printer.println("right");
    printer.alignLeft();
    printer.setLineSpacing(50);
    printer.println("spaced");
    printer.resetLineSpacing();
    printer.upsideDown(true);
    printer.println("upside down");
    printer.upsideDown(false);
    printer.add(Buffer.from([0x1b, 0x44, 8, 20, 0]));
    printer.add(Buffer.from("a\tb\n"));
    printer.printVerticalTab();
    for (const set of ["PC852_LATIN2", "PC866_CYRILLIC2", "PC737_GREEK", "WPC1252"]) {
      printer.setCharacterSet(set);
      printer.println({ PC852_LATIN2: "Žluťoučký", PC866_CYRILLIC2: "Борщ", PC737_GREEK: "Καλαμάκι", WPC1252: "Ærø 5 €" }[set]);
    }
    printer.add(printer.printer.code128("A-1042", { width: 2, height: 60, hriPos: 2 }));
    printer.printBarcode("4006381333931", 67, { hriPos: 2, hriFont: 1, width: 3, height: 80 });
    printer.printBarcode("A-1042", 73, {});
    printer.add(printer.printer.pdf417("Order 1042", { rowHeight: 4, width: 3, correction: 2, columns: 3 }));
    printer.maxiCode("Order 1042", { mode: 4 });
    printer.add(printer.printer.printImageBuffer(png.width, png.height, png.data));
    printer.beep(2, 3);
    printer.cut();
  };
  return { "thermal-receipt": bytes(receipt), "thermal-everything": bytes(everything) };
}

/** All of them: name to bytes. */
export function peers() {
  return { ...ofReceiptline(), ...ofEncoder(), ...ofThermal() };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(peers())) writeFileSync(join(folder, `${name}.bin`), bytes);
}
