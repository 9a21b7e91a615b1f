// The tickets that our reader is tested with are what the libraries make today.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, peers } from "./peers.mjs";

test("the bytes of other libraries are what they make today", () => {
  const made = Object.entries(peers());
  assert.ok(made.length >= 18, `only ${made.length} tickets`);
  for (const [name, bytes] of made) {
    const kept = readFileSync(join(folder, `${name}.bin`));
    assert.ok(kept.equals(bytes), `${name}: run node tests/receipts/peers.mjs, and see what the reader's snapshots say`);
  }
});
