"""The tickets of peers.mjs by python-escpos 3.1 (pip install python-escpos==3.1). Writes tests/receipts/peers/python-*.bin.

Not run by the tests: a pinned version makes the same bytes for ever, and the program would be one more to install.
"""

import pathlib

from PIL import Image
from escpos.printer import Dummy

FOLDER = pathlib.Path(__file__).parent / "peers"
SHOP = "Taverna Ακρόπολη"
LINK = "https://example.org/t/1042"
ITEMS = [("2x", "Café crème", "6,40"), ("1x", "Jalapeño-Brötchen", "4,90"), ("1x", "Smørrebrød", "7,50")]


def wedge():
    image = Image.new("L", (24, 20), 255)
    for y in range(20):
        for x in range(y + 1):
            image.putpixel((x, y), 0)
    return image


def receipt(printer):
    printer.hw("INIT")
    printer.set(align="center", double_width=True, double_height=True)
    printer.text("Receipt 1042\n")
    printer.set(align="center", normal_textsize=True)
    printer.text(SHOP + "\n")
    printer.set(align="left")
    printer.text("-" * 42 + "\n")
    for count, name, price in ITEMS:
        printer.text(f"{count:<4}{name:<28}{price:>10}\n")
    printer.text("-" * 42 + "\n")
    printer.set(bold=True, double_height=True)
    printer.text(f"{'TOTAL':<28}{'18,80 €':>14}\n")
    printer.set(bold=False, normal_textsize=True, align="center")
    printer.qr(LINK, native=True, size=4, ec=1)
    printer.text("Thank you!\n")
    printer.cashdraw(2)
    printer.cut(mode="PART")


def everything(printer):
    printer.hw("INIT")
    printer.hw("SELECT")
    for style in (
        {"underline": 1}, {"underline": 2}, {"bold": True}, {"font": "b"}, {"invert": True}, {"smooth": True},
        {"flip": True}, {"density": 3}, {"width": 3, "height": 2, "custom_size": True}, {"align": "right"},
    ):
        printer.set_with_default(**style)
        printer.textln(" ".join(f"{name} {value}" for name, value in style.items()))
    printer.set_with_default()
    for text in ("Žluťoučký kůň", "Борщ", "Καλαμάκι", "Ærø 5 €", "żurek", "Çığ köfte"):
        printer.textln(text)
    printer.control("HT", tab_size=8)
    printer.text("a\tb\n")
    printer.line_spacing(50)
    printer.textln("spaced")
    printer.line_spacing()
    printer.print_and_feed(3)
    printer.block_text("A text that is broken into lines of a few words each", font="0", columns=20)
    printer.ln(1)
    for how in ("bitImageRaster", "graphics", "bitImageColumn"):
        printer.image(wedge(), impl=how)
    printer.image(wedge(), high_density_vertical=False, high_density_horizontal=False)
    printer.image(wedge(), high_density_vertical=False, high_density_horizontal=False, impl="bitImageColumn")
    for data, kind in (
        ("4006381333931", "EAN13"), ("96385074", "EAN8"), ("042100005264", "UPC-A"), ("04252614", "UPC-E"),
        ("A-1042", "CODE39"), ("001042", "ITF"), ("A1042B", "NW7"),
    ):
        printer.barcode(data, kind, height=60, width=2, pos="BELOW", font="A", function_type="A")
    for data, kind in (("CODE93", "CODE93"), ("{BA-1042", "CODE128"), ("A1042B", "CODABAR")):
        printer.barcode(data, kind, height=60, width=2, pos="BOTH", font="B", function_type="B")
    printer.qr("model 1", native=True, model=1, size=5, ec=3)
    printer.qr("drawn by the PC", size=3)
    printer.buzzer(2, 4)
    printer.cashdraw(5)
    printer.panel_buttons(True)
    printer.cut(mode="FULL", feed=False)


for name, write in (("receipt", receipt), ("everything", everything)):
    dummy = Dummy(profile="TM-T88V")
    write(dummy)
    (FOLDER / f"python-{name}.bin").write_bytes(dummy.output)
