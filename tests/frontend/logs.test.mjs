import assert from "node:assert/strict";
import { test } from "node:test";

import { parseAnsi } from "../../static/src/logs/ansi.js";
import { Backlog } from "../../static/src/logs/backlog.js";
import { SERIES, ServiceColours } from "../../static/src/logs/colours.js";
import { eventPlace, historyOf, stampOf } from "../../static/src/logs/events.js";
import { LineAssembler } from "../../static/src/logs/lines.js";
import { eachFrame, readMessage } from "../../static/src/logs/wire.js";

const encoder = new TextEncoder();

function frame(text, { stream = 1, second = 0, stamped = true } = {}) {
  const stamp = stamped ? `2026-11-23T08:00:${String(second).padStart(2, "0")}.000000000Z ` : "";
  const payload = typeof text === "string" ? encoder.encode(stamp + text) : text;
  const bytes = new Uint8Array(8 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, stream);
  view.setUint32(4, payload.length);
  bytes.set(payload, 8);
  return bytes;
}

function together(...parts) {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function linesOf(assembler, ...frames) {
  const lines = [];
  assembler.feed(together(...frames), (line) => lines.push(line));
  return lines;
}

test("a binary message says its source, its lines and its frames", () => {
  const frames = together(frame("one\n"), frame("two\n", { stream: 2 }));
  const message = new Uint8Array(8 + frames.length);
  new DataView(message.buffer).setUint8(0, 1);
  new DataView(message.buffer).setUint16(2, 513);
  new DataView(message.buffer).setUint32(4, 2);
  message.set(frames, 8);
  const read = readMessage(message.buffer);
  assert.deepEqual([read.kind, read.source, read.lines, read.size], [1, 513, 2, message.length]);
  const streams = [];
  eachFrame(read.frames, (stream) => streams.push(stream));
  assert.deepEqual(streams, [1, 2]);
});

test("lines carry their stamp, their text and their stream", () => {
  const lines = linesOf(new LineAssembler(), frame("one\n"), frame("two\r\n", { stream: 2, second: 1 }));
  assert.deepEqual(lines, [
    { stamp: "2026-11-23T08:00:00.000000000Z", text: "one", stream: 1 },
    { stamp: "2026-11-23T08:00:01.000000000Z", text: "two", stream: 2 },
  ]);
});

test("a line that comes in several messages is put together without the stamps in between", () => {
  const assembler = new LineAssembler();
  assert.deepEqual(linesOf(assembler, frame("a".repeat(16384))), []);
  assert.deepEqual(linesOf(assembler, frame("err\n", { stream: 2 })).map(({ text }) => text), ["err"]);
  const [line] = linesOf(assembler, frame("b".repeat(10), { second: 1 }), frame("c\n", { second: 2 }));
  assert.equal(line.text, `${"a".repeat(16384)}bbbbbbbbbbc`);
  assert.equal(line.stamp, "2026-11-23T08:00:00.000000000Z");
});

test("of a terminal the parts of a long line come as one text", () => {
  const stamp = "2026-11-23T08:00:01.000000000Z ";
  const [line] = linesOf(new LineAssembler(), frame(`${"a".repeat(16384)}${stamp}bc\r\n`));
  assert.equal(line.text, `${"a".repeat(16384)}bc`);
});

test("half a character over a frame border is no error, and garbage is no crash", () => {
  const euro = encoder.encode("2026-11-23T08:00:00.000000000Z €\n");
  const assembler = new LineAssembler();
  const [line] = linesOf(assembler, frame(euro.slice(0, 32)), frame(euro.slice(32)));
  assert.equal(line.text, "€");
  const [garbage] = linesOf(assembler, frame(new Uint8Array([0xff, 0x00, 0xc3, 10])));
  assert.equal(garbage.text, "\ufffd\u0000\ufffd");
});

test("after something is missing a begun line is forgotten", () => {
  const assembler = new LineAssembler();
  linesOf(assembler, frame("half of "));
  assembler.reset();
  assert.equal(linesOf(assembler, frame("whole\n"))[0].text, "whole");
});

function texts(line, before) {
  return parseAnsi(line, before).segments.map(({ text, style }) => [text, style]);
}

test("colours and weights become styles", () => {
  assert.deepEqual(texts("\u001b[31;1mred\u001b[0m plain"), [
    ["red", { fg: 1, bold: true }],
    [" plain", {}],
  ]);
  assert.deepEqual(texts("\u001b[92;44mx\u001b[39my\u001b[22;49mz"), [
    ["x", { fg: 10, bg: 4 }],
    ["y", { bg: 4 }],
    ["z", {}],
  ]);
  assert.deepEqual(texts("\u001b[38;5;196ma\u001b[38;2;1;2;300mb\u001b[48;5;3mc"), [
    ["a", { fg: "rgb(255, 0, 0)" }],
    ["b", { fg: "rgb(1, 2, 255)" }],
    ["c", { fg: "rgb(1, 2, 255)", bg: 3 }],
  ]);
});

test("a style goes on in the next line", () => {
  const { style } = parseAnsi("\u001b[33mbegins");
  assert.deepEqual(texts("goes on", style), [["goes on", { fg: 3 }]]);
});

test("what a terminal would obey is taken out and never acted upon", () => {
  const attacks = [
    "\u001b]0;title\u0007text",
    "\u001b]52;c;Y2xpcA==\u001b\\text",
    "\u001b]8;;javascript:alert(1)\u0007text\u001b]8;;\u0007",
    "\u001b[2J\u001b[Htext",
    "\u001bP1$r0m\u001b\\text",
    "\u009b31mtext",
    "\u001b[?1049htext",
    "\u001bctext",
    "text\u001b",
    "text\u001b]0;never ends",
  ];
  for (const attack of attacks) assert.equal(texts(attack).map(([text]) => text).join(""), "text", JSON.stringify(attack));
});

test("a progress bar shows its last state, and control characters their pictures", () => {
  assert.deepEqual(texts("10%\r50%\r100%\r"), [["100%", {}]]);
  assert.deepEqual(texts("a\u0000b\u0007\tc\u007f"), [["a␀b␇\tc␡", {}]]);
});

test("markup stays text", () => {
  assert.deepEqual(texts("<img src=x onerror=alert(1)>"), [["<img src=x onerror=alert(1)>", {}]]);
});

test("services keep their colours, and the first eight never share one", () => {
  const names = ["web", "redis", "db", "worker", "proxy", "cache", "mail", "cron"];
  const colours = new ServiceColours(names);
  assert.equal(new Set(names.map((name) => colours.of(name))).size, SERIES);
  assert.equal(new ServiceColours([...names].reverse()).of("web"), colours.of("web"));
  assert.deepEqual([1, 2], ["redis", "web"].map((name) => new ServiceColours(["web", "redis"]).of(name)));
  assert.equal(colours.of("ninth"), 1);
});

test("of a flood only what stays is worked on", () => {
  const backlog = new Backlog();
  for (let index = 0; index < 10; index += 1) backlog.push({ lines: 500, size: 1000 });
  assert.equal(backlog.lines, 5000);
  const { skipped, entries, surplus } = backlog.take(1200);
  assert.deepEqual([skipped.length, entries.length, surplus], [7, 3, 300]);
  assert.deepEqual([backlog.lines, backlog.isEmpty], [0, true]);
  for (let index = 0; index < 3; index += 1) backlog.push({ lines: 1, size: 3 * 1024 * 1024 });
  assert.ok(backlog.isFull);
  const all = backlog.take(1500);
  assert.deepEqual([all.skipped.length, all.entries.length, all.surplus], [0, 3, 0]);
  assert.deepEqual(backlog.take(1500), { skipped: [], entries: [], surplus: 0 });
});

test("lines that are too many are not even decoded, and what was begun goes with them", () => {
  const assembler = new LineAssembler();
  assert.deepEqual(linesOf(assembler, frame("begun ")), []);
  const lines = [];
  const frames = together(frame("and ended\n", { second: 1 }), frame("two\n", { second: 2 }), frame("three\n", { second: 3 }));
  assembler.feed(frames, (line) => lines.push(line.text), 2);
  assert.deepEqual(lines, ["three"]);
});

test("a start stands before the lines that follow it, and after the exit before it", () => {
  assert.equal(eventPlace({ what: "running", at: 100, finished_at: 0 }, ""), stampOf(99.75));
  assert.equal(eventPlace({ what: "running", at: 100, finished_at: 99.9 }, ""), stampOf(99.901));
  assert.equal(eventPlace({ what: "running", at: 100, finished_at: 200 }, ""), stampOf(99.75));
});

test("an end stands after the last line", () => {
  const last = "1970-01-01T00:01:40.500000000Z";
  assert.equal(eventPlace({ what: "exited", at: 100 }, last), last);
  assert.equal(eventPlace({ what: "exited", at: 101 }, last), stampOf(101));
  assert.equal(eventPlace({ what: "healthy", at: 100 }, last), stampOf(100));
});

test("of a container that ended before the page looked, start and end are known", () => {
  const events = historyOf({ state: "exited", exit_code: 3, started_at: 1, finished_at: 2 });
  assert.deepEqual(events.map(({ what, at }) => [what, at]), [["running", 1], ["exited", 2]]);
  assert.deepEqual(historyOf({ state: "created", exit_code: null, started_at: 0, finished_at: 0 }), []);
  assert.equal(historyOf({ state: "running", exit_code: null, started_at: 5, finished_at: 2 }).length, 1);
});
