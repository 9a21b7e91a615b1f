"""A ticket by PyPI python-escpos to the printer whose host and port are given: text, codes, pictures, drawer, cut; then
what the printer says of itself, as the last line on stdout."""

import sys

from PIL import Image
from escpos.printer import Network

printer = Network(sys.argv[1], port=int(sys.argv[2]), timeout=20, profile="TM-T88V")

printer.hw("INIT")
printer.set(align="center", bold=True, double_width=True, double_height=True)
printer.text("Kitchen\n")
printer.set_with_default()
printer.text("Order 43  19:41\n")
printer.text("2x Margherita  Crème brûlée\n")
printer.barcode("4006381333931", "EAN13", height=60, width=2)
printer.qr("https://example.org/43", native=True, size=4)
# The same as dots: what the library sends for printers that know no QR codes.
printer.qr("https://example.org/43", native=False, size=4)
picture = Image.new("1", (64, 32), 1)
picture.paste(0, (0, 0, 32, 32))
printer.image(picture)
printer.cashdraw(2)
printer.cut()
print("online" if printer.is_online() else "offline", "paper:", printer.paper_status())
printer.close()
