import assert from "node:assert/strict";
import { test } from "node:test";

import { reachedWords } from "../../static/src/logs/hits.js";
import { momentWords } from "../../static/src/logs/times.js";
import { searchQuery } from "../../static/src/logs/searching.js";

const EMPTY = { find: "", without: "", regex: false, caseSensitive: false, levels: [], stream: "", services: new Set() };

test("a query says only what was asked for", () => {
  assert.equal(String(searchQuery({ ...EMPTY, find: "a b" })), "find=a+b");
  const all = { find: "a", without: "b", regex: true, caseSensitive: true, levels: ["fatal", "error"], stream: "stderr" };
  assert.equal(
    String(searchQuery({ ...all, services: new Set(["web", "db"]) })),
    "find=a&without=b&regex=1&case=1&level=fatal&level=error&stream=stderr&service=web&service=db",
  );
});

test("how far a search has come is said in words, and nothing is claimed that is not known", () => {
  const stamp = "2026-11-23T08:00:00.000000000Z";
  const words = (state) => reachedWords({ count: 1, back_to: stamp, lines: 1200, long_lines: 0, reason: null, stopped: false, ...state });
  const moment = momentWords(stamp);
  assert.equal(words({}), `1 match · 1,200 lines looked at · searching… back to ${moment}`);
  assert.equal(words({ reason: "hits", count: 300 }), `300 matches · 1,200 lines looked at · searched back to ${moment}`);
  assert.equal(words({ reason: "all" }), "1 match · 1,200 lines looked at · all that is stored was searched");
  assert.equal(words({ stopped: true }), `1 match · 1,200 lines looked at · stopped at ${moment}`);
  assert.equal(words({ back_to: "", lines: 0, count: 0 }), "0 matches · 0 lines looked at · searching…");
  assert.match(words({ long_lines: 2 }), /2 very long lines only in their beginning$/);
});
