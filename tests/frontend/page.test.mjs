import assert from "node:assert/strict";
import { test } from "node:test";

import { reconnectDelay } from "../../static/src/page/backoff.js";
import { elapsedText, relativeText } from "../../static/src/page/duration.js";
import { matches } from "../../static/src/page/filter.js";
import { fill, ngettext } from "../../static/src/page/texts.js";

test("elapsed times read like a stop watch", () => {
  const cases = [
    [-3, "0.0s"],
    [0, "0.0s"],
    [0.44, "0.4s"],
    [12.34, "12.3s"],
    [59.94, "59.9s"],
    [59.96, "1m 00s"],
    [125, "2m 05s"],
    [3599.6, "1h 00m"],
    [3720, "1h 02m"],
    [90000, "1d 01h"],
  ];
  for (const [seconds, text] of cases) assert.equal(elapsedText(seconds), text, String(seconds));
});

test("relative times take the largest fitting unit, in the page's language", () => {
  assert.equal(relativeText(10, "en"), "now");
  assert.equal(relativeText(60, "en"), "1 minute ago");
  assert.equal(relativeText(3 * 3600, "en"), "3 hours ago");
  assert.equal(relativeText(86400, "en"), "yesterday");
  assert.equal(relativeText(-7200, "en"), "in 2 hours");
  assert.equal(relativeText(180, "zh-hans"), "3分钟前");
});

test("reconnecting backs off, with jitter, up to eight seconds", () => {
  assert.equal(reconnectDelay(0, () => 1), 250);
  assert.equal(reconnectDelay(0, () => 0), 125);
  assert.equal(reconnectDelay(3, () => 1), 2000);
  assert.equal(reconnectDelay(500, () => 1), 8000);
});

test("a filter wants every word, in any order and case", () => {
  assert.ok(matches("", "anything"));
  assert.ok(matches("RUN flask", "flaskproject 2 running"));
  assert.ok(!matches("flask stopped", "flaskproject 2 running"));
});

test("texts are filled by name and left alone where a value is missing", () => {
  assert.equal(fill("%(count)s of %(total)s", { count: 3 }), "3 of %(total)s");
  assert.equal(fill(ngettext("%(n)s line", "%(n)s lines", 2), { n: 2 }), "2 lines");
});
