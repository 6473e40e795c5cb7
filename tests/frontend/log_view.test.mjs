import assert from "node:assert/strict";
import { test } from "node:test";

import { fieldsOf, toldOf } from "../../static/src/logs/json.js";
import { Slots } from "../../static/src/logs/slots.js";
import { beginningOf, isFrame } from "../../static/src/logs/traces.js";

test("a line that is an object of JSON has fields, and no other line has", () => {
  assert.deepEqual(fieldsOf('{"level":"info","msg":"hello"}'), { level: "info", msg: "hello" });
  assert.deepEqual(fieldsOf('{"a":1} '), { a: 1 });
  for (const text of ["", "{}", "[1]", '{"a":1', '{"a":1} and more', "{a}", '"text"', "null"]) assert.equal(fieldsOf(text), null);
  assert.equal(fieldsOf(`{"a":"${"x".repeat(70_000)}"}`), null);
});

test("the message stands first and the fields follow as they were written", () => {
  const { message, pairs } = toldOf({ level: "info", msg: "hello", user: "ann lee", at: { x: [1] }, none: null, empty: "" }, []);
  assert.equal(message, "hello");
  assert.deepEqual(pairs, [
    ["level", "info"],
    ["user", '"ann lee"'],
    ["at", '{"x":[1]}'],
    ["none", "null"],
    ["empty", '""'],
  ]);
});

test("fields that were chosen are shown in that order, and only those that a line has", () => {
  const { pairs } = toldOf({ level: "info", msg: "hello", user: "ann" }, ["user", "nosuch", "msg", "level", "constructor"]);
  assert.deepEqual(pairs, [
    ["user", "ann"],
    ["level", "info"],
  ]);
});

test("a long value is cut, and of very many fields only the first are shown", () => {
  const { pairs } = toldOf({ long: "x".repeat(1000) }, []);
  assert.equal(pairs[0][1].length, 201);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, index]));
  assert.equal(toldOf(many, []).pairs.length, 40);
});

test("frames are told from other lines that are indented", () => {
  const frames = [
    "    at Object.<anonymous> (/app/index.js:3:9)",
    "\tat com.example.Main.main(Main.java:14)",
    "\t... 12 more",
    "Caused by: java.lang.IllegalStateException: no",
    "   at Program.Main() in /src/Program.cs:line 5",
    "\tfrom /app/main.rb:12:in `run'",
    "#0 /app/index.php(12): run()",
    "#1 {main}",
  ];
  const others = ["  - item", "    key: value", "at once", "#1 [internal] load build definition", "  from here on", "... more", ""];
  assert.deepEqual(frames.filter((text) => !isFrame(text)), []);
  assert.deepEqual(others.filter(isFrame), []);
});

test("what says that a trace begins tells what belongs to it", () => {
  const python = beginningOf("Traceback (most recent call last):");
  assert.ok(python.test('  File "/app/main.py", line 3, in <module>'));
  assert.ok(!python.test("ValueError: no"));
  const go = beginningOf("goroutine 1 [running]:");
  assert.ok(go.test("main.main()") && go.test("\t/app/main.go:12 +0x1d") && !go.test(""));
  assert.ok(beginningOf("stack backtrace:").test("   0: rust_begin_unwind"));
  assert.equal(beginningOf("Traceback"), null);
});

test("counts come together to as many bars as fit, on round times", () => {
  const slots = new Slots();
  assert.ok(slots.isEmpty);
  slots.add([[1000, "info", 3], [1010, "error", 1], [1010, "fatal", 1], [4590, "warning", 2]]);
  slots.add([[1000, "unknown", 4]]);
  assert.deepEqual(slots.span, { from: 1000, to: 4600 });
  const bars = slots.bars(slots.span, 20);
  assert.equal(bars.length, 20);
  const first = bars.find(({ begin }) => begin === 900);
  assert.equal(first.end, 1200);
  assert.deepEqual([first.rest, first.bad, bars.at(-1).warn], [7, 2, 2]);
  const all = bars.reduce((sum, { bad, warn, rest }) => sum + bad + warn + rest, 0);
  assert.equal(all, 11);
});

test("a part of the time is shown in finer bars, and what lies outside is left out", () => {
  const slots = new Slots();
  slots.add([[0, "info", 1], [1000, "info", 2], [1010, "info", 3], [900_000_000, "info", 4]]);
  const bars = slots.bars({ from: 1000, to: 1020 }, 50);
  assert.deepEqual(bars.slice(-2).map(({ begin, rest }) => [begin, rest]), [[1000, 2], [1010, 3]]);
  assert.equal(bars.length, 24);
  assert.ok(slots.bars(slots.span, 50).length <= 50);
});
