// Our layout beside that of npm receiptline, the reference of the format: its plain text, and from its SVG the cell and
// the look of each letter. `docs/receiptline.md` explains the differences; one that is not expected here fails.

import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import receiptline from "receiptline";
import { lettersOfSheet, lettersOfSvg, textLikeTheirs } from "./letters.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const COLUMNS = 48;

/** Documents that differ: the row of `docs/receiptline.md` that says why, and in how many lines. */
const EXPECTED = {
  // Ours.
  amounts: ["amounts", 16],
  beyond_the_list: ["columns beyond the list", 2],
  nowrap_breaks: ["breaks in nowrap", 4],
  spaced_list: ["spaces in a list", 4],
  strangers: ["strangers", 8],
  too_narrow: ["missing letters", 1],
  // Of receiptline.
  column_width5: ["columns beyond the list", 12],
  column_width6: ["missing letters", 1],
  text_decoration: ["row ends", 4],
  text_wrap4: ["breaks in nowrap", 11],
};

function sheets(files) {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const program = join(target, "debug", "examples", "sheet");
  const said = execFileSync(program, [String(COLUMNS), ...files], { encoding: "utf8", maxBuffer: 1 << 26 });
  return said.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function theirs(markup, command) {
  // A line break at the end of a file opens an empty line there.
  const text = markup.replace(/\r?\n$/, "");
  return receiptline.transform(text, { cpl: COLUMNS, encoding: "multilingual", command });
}

function compare(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".receipt")).sort();
  const made = sheets(files.map((name) => join(folder, name)));
  assert.ok(files.length > 0, `no documents in ${folder}`);
  files.forEach((file, place) => {
    const name = basename(file, ".receipt");
    const markup = readFileSync(join(folder, file), "utf8");
    const sheet = made[place];
    const differs = [];
    if (sheet.error !== undefined) {
      differs.push(`refused: ${sheet.error}`);
    } else {
      differs.push(...difference("letters", lettersOfSheet(sheet), lettersOfSvg(theirs(markup, "svg"))));
      differs.push(...difference("text", words(textLikeTheirs(sheet)), words(theirs(markup, "text"))));
    }
    const [reason, lines] = EXPECTED[name] ?? [null, 0];
    test(`${name} ${reason === null ? "is laid out as receiptline does" : `differs: ${reason}`}`, () => {
      assert.equal(differs.length, lines, `${differs.length} lines differ, not ${lines}:\n${differs.join("\n")}`);
    });
  });
}

/** Lines with something in them. Letters and their cells are compared by the SVG; the text rounds half a cell up. */
function words(text) {
  const lines = text.split("\n").map((line) => line.replace(/\|/g, " | ").trim().replace(/ +/g, " "));
  return lines.filter((line) => line !== "");
}

function difference(what, ours, theirs) {
  const differs = [];
  for (let line = 0; line < Math.max(ours.length, theirs.length); line += 1) {
    if (ours[line] !== theirs[line]) differs.push(`${what} ${line + 1}:\n  ours   ${ours[line]}\n  theirs ${theirs[line]}`);
  }
  return differs;
}

compare(join(here, "documents"));

const examples = process.env.RECEIPTLINE_EXAMPLES_DIR;
if (examples) compare(examples);
else writeSync(2, "left out: RECEIPTLINE_EXAMPLES_DIR does not name the folder of receiptline's example documents\n");

test("every expected difference is explained", () => {
  const explained = readFileSync(join(root, "docs", "receiptline.md"), "utf8");
  for (const [name, [reason]] of Object.entries(EXPECTED)) {
    assert.ok(explained.includes(`| ${reason} |`), `${name}: ${reason}`);
  }
});
