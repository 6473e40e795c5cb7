import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LEVELS, levelOf } from "../../static/src/logs/levels.js";

const cases = JSON.parse(readFileSync(new URL("../log_levels.json", import.meta.url), "utf8"));

for (const [text, level] of cases) {
  test(`a line says its level or none: ${text.slice(0, 60)}`, () => {
    assert.ok(LEVELS.includes(level));
    assert.equal(levelOf(text), level);
  });
}

test("no line takes long", () => {
  for (const text of ["[".repeat(60_000), '{"a":'.repeat(60_000), "E".repeat(60_000), "a a ".repeat(15_000), `{${"1".repeat(60_000)}`]) {
    const began = performance.now();
    assert.equal(levelOf(text), "unknown");
    assert.ok(performance.now() - began < 200);
  }
});
