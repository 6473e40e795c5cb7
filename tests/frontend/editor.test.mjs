import assert from "node:assert/strict";
import { test } from "node:test";
import { EditorState, Text } from "@codemirror/state";

import { Buffers } from "../../static/src/editor/buffers.js";
import { isSameFile, offsetOf, rangeOf } from "../../static/src/editor/position.js";

const doc = Text.of(["services:", "  web:", "    image: redis:alpine # cache", ""]);

test("lines and columns become offsets, and never lie outside the text", () => {
  assert.equal(offsetOf(doc, 1, 1), 0);
  assert.equal(offsetOf(doc, 2, 3), 12);
  assert.equal(offsetOf(doc, 2, 99), doc.line(2).to);
  assert.equal(offsetOf(doc, 99, 1), doc.line(4).from);
  assert.equal(offsetOf(doc, 0, 0), 0);
});

test("a problem with a range is underlined there", () => {
  const { from, to } = rangeOf(doc, { line: 3, column: 12, end_line: 3, end_column: 24 });
  assert.equal(doc.sliceString(from, to), "redis:alpine");
});

test("a problem with a place only is underlined to the end of its word", () => {
  const { from, to } = rangeOf(doc, { line: 3, column: 5, end_line: null, end_column: null });
  assert.equal(doc.sliceString(from, to), "image:");
  assert.deepEqual(rangeOf(doc, { line: null }), { from: 0, to: 0 });
});

test("a problem's file is told by its name or by its whole path", () => {
  assert.ok(isSameFile("/srv/projects/demo/compose.yaml", "compose.yaml"));
  assert.ok(isSameFile("", "compose.yaml"));
  assert.ok(!isSameFile("/srv/projects/demo/other.yaml", "compose.yaml"));
  assert.ok(!isSameFile("docker-compose.yaml", "compose.yaml"));
});

test("a buffer is dirty while its text differs from what is on disk", () => {
  const buffers = new Buffers();
  const buffer = buffers.open("a.txt", { state: EditorState.create({ doc: "one" }), version: "1", language: "text" });
  assert.deepEqual(buffers.dirtyPaths, []);
  buffer.state = buffer.state.update({ changes: { from: 3, insert: "!" } }).state;
  assert.deepEqual(buffers.dirtyPaths, ["a.txt"]);
  buffer.state = buffer.state.update({ changes: { from: 3, to: 4 } }).state;
  assert.ok(!buffers.isDirty("a.txt"));
});
