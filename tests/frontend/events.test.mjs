import assert from "node:assert/strict";
import { test } from "node:test";

import { EventRows, MOST_ROWS } from "../../static/src/events/rows.js";

/** As much of a table body as the rows need. */
class Body {
  children = [];

  insertBefore(row, next) {
    row.remove();
    this.children.splice(next ? this.children.indexOf(next) : this.children.length, 0, row);
  }
}

function rows() {
  const body = new Body();
  const made = [];
  const make = (event) => {
    made.push(event.words);
    const row = { words: event.words, remove: () => (body.children = body.children.filter((child) => child !== row)) };
    return row;
  };
  const shown = new EventRows(body, make);
  shown.choose(new Set(["container", "network"]));
  return { shown, made, words: () => body.children.map((row) => row.words) };
}

function event(at, words = String(at), topic = "container") {
  return { at, words, topic };
}

test("the newest stands above, also where an older one comes later, and no row is made twice", () => {
  const { shown, made, words } = rows();
  shown.add([event(1), event(3)]);
  shown.add([event(2), event(4)]);
  assert.deepEqual(words(), ["4", "3", "2", "1"]);
  assert.equal(made.length, 4);
});

test("of one moment the later one stands above", () => {
  const { shown, words } = rows();
  shown.add([event(1, "first"), event(1, "second")]);
  assert.deepEqual(words(), ["second", "first"]);
});

test("only the kinds that are chosen are shown, and come back in their place", () => {
  const { shown, words } = rows();
  shown.add([event(1), event(2, "net", "network"), event(3), event(4, "pulled", "image")]);
  assert.deepEqual([words(), shown.shown, shown.all], [["3", "net", "1"], 3, 4]);
  shown.choose(new Set(["container"]));
  assert.deepEqual(words(), ["3", "1"]);
  shown.choose(new Set(["container", "network", "image"]));
  assert.deepEqual(words(), ["pulled", "3", "net", "1"]);
});

test("no more rows are kept than a page can bear", () => {
  const { shown, words } = rows();
  for (let at = 0; at < MOST_ROWS + 20; at++) shown.add([event(at)]);
  assert.equal(words().length, MOST_ROWS);
  assert.equal(words()[0], String(MOST_ROWS + 19));
  assert.equal(shown.all, MOST_ROWS);
});

test("after a new beginning nothing of the old is left", () => {
  const { shown, words } = rows();
  shown.add([event(1)]);
  shown.clear();
  shown.add([]);
  assert.deepEqual(words(), []);
});
