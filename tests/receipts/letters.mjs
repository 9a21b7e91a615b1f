// Letters with their cells and looks, from our sheet and from receiptline's SVG, in one form: a line of paper is
// `cell:letter:look` of each letter that can be seen, from left to right.

const DOTS = 12;
const FRAME = /[─│┌┐└┘├┤┬┴┼]/u;

/** Lines of our sheet that hold letters. */
export function lettersOfSheet(sheet) {
  return sheet.lines
    .filter((line) => Array.isArray(line))
    .map((parts) => parts.flatMap(([cell, text, look]) => {
      const wide = Number(/(\d+)x/.exec(look)[1]);
      return Array.from(text, (letter, place) => [cell + place * wide, letter, look]);
    }))
    .map(written)
    .filter((line) => line !== "");
}

/** Lines of an SVG that hold letters. */
export function lettersOfSvg(svg) {
  const lines = new Map();
  const group = /<g transform="translate\((\d+),(\d+)\)">(.*?)<\/g>/gs;
  for (const [, left, top, inner] of svg.matchAll(group)) {
    for (const [, attributes, spans] of inner.matchAll(/<text([^>]*)>(.*?)<\/text>/gs)) {
      const [, wide, high] = /scale\((\d),(\d)\)/.exec(attributes) ?? [null, "1", "1"];
      const look = [
        attributes.includes("stroke=") ? "b" : "",
        attributes.includes("underline") ? "u" : "",
        attributes.includes("filter=") ? "i" : "",
        `${wide}x${high}`,
      ].join("");
      for (const [, x, letter] of spans.matchAll(/<tspan x="([\d.]+)">(.*?)<\/tspan>/gs)) {
        // The place is that of the middle of the letter. Centred text may begin at half a cell: a printer's grid has none.
        const dots = Number(left) + (Number(x) - DOTS / 2) * Number(wide);
        const letters = lines.get(top) ?? [];
        letters.push([Math.floor(dots / DOTS), plain(letter), look]);
        lines.set(top, letters);
      }
    }
  }
  return [...lines.values()].map(written).filter((line) => line !== "");
}

/** Our lines as receiptline's text has them: a wide letter is followed by the space that it takes. */
export function textLikeTheirs(sheet) {
  const lines = sheet.lines.filter((line) => Array.isArray(line)).map((parts) => {
    let text = "";
    for (const [cell, letters, look] of parts) {
      const wide = Number(/(\d+)x/.exec(look)[1]);
      text = text.padEnd(cell);
      for (const letter of letters) text += letter + " ".repeat(wide - 1);
    }
    return text.replace(/─/gu, "-").replace(/│/gu, "|").replace(/[┌┐└┘├┤┬┴┼]/gu, "+").trimEnd();
  });
  return lines.join("\n");
}

function written(letters) {
  const seen = ([, letter, look]) => !FRAME.test(letter) && (letter !== " " || /[ui]/.test(look));
  return letters
    .filter(seen)
    .sort((left, right) => left[0] - right[0])
    .map(([cell, letter, look]) => `${cell}:${letter}:${look}`)
    .join(" ");
}

function plain(letter) {
  const named = { "&#xa0;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return named[letter] ?? letter;
}
