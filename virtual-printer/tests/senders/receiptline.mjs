// A ticket by npm receiptline to the printer whose host and port are given: text, lines, codes, a picture, drawer, cut.
import { connect } from "node:net";
import receiptline from "receiptline";

const [host, port] = process.argv.slice(2);

// A black wedge, 48 x 24.
const picture =
  "iVBORw0KGgoAAAANSUhEUgAAADAAAAAYCAAAAACZliEAAAAAYklEQVR4AZXBhwHDMBDEMN7+QzPFseOi8gIiawKyIrxJXfiSqvAjNeEgFeFE5sKFzIQbGQsPMhIapC80SU/okLbQJS1hQJ7CkNyFCbkKU3IWCuQvlMguFMkmlMlHWCAQlsgLNhEYAQpzkpEAAAAASUVORK5CYII=";

const ticket = `^^^Kitchen
Order 42 | 19:40
---
|2 x|"Margherita"| 19.00|
|1 x|Crème brûlée|  7.50|
{code:4006381333931;option:ean,2,60,hri}
{code:https://example.org/42;option:qrcode,4,m}
{image:${picture}}
{command:\\x1bp\\x00\\x32\\x32}
=
`;

const commands = receiptline.transform(ticket, { cpl: 48, encoding: "multilingual", command: "escpos", cutting: true });
const socket = connect({ host, port: Number(port) }, () => socket.end(Buffer.from(commands, "binary")));
socket.on("data", () => {});
