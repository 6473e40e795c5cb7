import assert from "node:assert/strict";
import { test } from "node:test";

import { AT, CPU, LIMIT, MEMORY, PROCESSES, Samples, sum, sums } from "../../static/src/stats/samples.js";
import { pathOf } from "../../static/src/stats/sparkline.js";
import { dataRate, dataSize, memorySize, percent } from "../../static/src/stats/units.js";

const WEB = { id: "web", name: "demo-web-1", service: "web", running: true };
const DB = { id: "db", name: "demo-db-1", service: "db", running: true };

function point(at, cpu, memory = 10) {
  return [at, cpu, memory, 0, 0, 0, 0];
}

function now(at, cpu, memory = 10) {
  return [...point(at, cpu, memory), 100, 0, 0, 0, 0, 1];
}

function samples(...containers) {
  const made = new Samples();
  made.show(containers);
  return made;
}

test("containers stand on the same times, and what is so now is the newest of all", () => {
  const made = samples(WEB, DB);
  made.take({ points: { web: [point(100, 1), point(105, 2)], db: [point(105, 4)] }, now: { web: now(111.2, 3), db: now(111.1, null) } });
  const { times, values } = made.columns(100);
  assert.deepEqual(times, [100, 105, 111.2]);
  assert.deepEqual(values("web", CPU), [1, 2, 3]);
  assert.deepEqual(values("db", CPU), [null, 4, null]);
  assert.deepEqual(made.columns(103).times, [105, 111.2]);
});

test("a line breaks where nothing was measured", () => {
  const made = samples(WEB);
  made.take({ points: { web: [point(100, 1), point(105, 1), point(200, 2)] }, now: {} });
  assert.deepEqual(made.columns(0).times, [100, 105, 110, 200]);
  assert.deepEqual(made.columns(0).values("web", CPU), [1, 1, null, 2]);
});

test("a container that stops has no figures now but keeps its past; one that is gone has neither", () => {
  const made = samples(WEB, DB);
  made.take({ points: { web: [point(100, 1)], db: [point(100, 1)] }, now: { web: now(106, 1), db: now(106, 1) } });
  made.show([{ ...WEB, running: false }]);
  assert.deepEqual(made.containers.map(({ id, now: figures, points }) => [id, figures, points.length]), [["web", null, 1]]);
  assert.equal(made.latest, 100);
  assert.equal(made.total(), null);
});

test("while the engine is away nothing is known of now", () => {
  const made = samples(WEB);
  made.take({ points: {}, now: { web: now(106, 1) } });
  made.rest();
  assert.equal(made.containers[0].now, null);
});

test("no more than an hour is kept", () => {
  const made = samples(WEB);
  for (let at = 0; at <= 7200; at += 5) made.take({ points: { web: [point(at, 1)] }, now: {} });
  assert.equal(made.containers[0].points[0][AT], 3600);
  assert.equal(made.since(0), 3600);
  assert.equal(made.since(7000), 7000);
  assert.equal(samples(WEB).since(0), undefined);
});

test("the whole project uses what its containers use, as far as that is known", () => {
  const made = samples(WEB, DB);
  made.take({ points: {}, now: { web: now(106, 1.5, 10), db: now(106, null, 20) } });
  const total = made.total();
  assert.deepEqual([total[CPU], total[MEMORY], total[PROCESSES], total[LIMIT]], [1.5, 30, 2, 200]);
  assert.equal(sum([null, undefined]), null);
});

test("a sum is known where all that was measured is known, and leaves out what never tells", () => {
  const line = (values, there = values) => ({ values, there });
  assert.deepEqual(sums([line([1, null, null]), line([2, 3, null])]), [3, 3, null]);
  assert.deepEqual(sums([line([1, null], [5, 5]), line([2, 3])]), [3, null]);
  assert.deepEqual(sums([line([null, null], [5, 5]), line([2, 3])]), [2, 3]);
  assert.deepEqual(sums([]), []);
});

test("the end of a line is the mean of the last five seconds, the number beside it is not", () => {
  const made = samples(WEB);
  for (const [at, cpu] of [[100, 100], [101, null], [102, 2], [103, 4], [104, 6], [105, 8]]) made.take({ points: {}, now: { web: now(at, cpu) } });
  assert.deepEqual(made.columns(0).values("web", CPU), [5]);
  assert.equal(made.containers[0].now[CPU], 8);
});

test("a small line breaks where a value is not known, and reaches the top of its scale", () => {
  const scale = { from: 0, to: 72, floor: 1 };
  assert.equal(pathOf([0, 36, 40, 72], [0, 2, null, 1], scale), "M0.0 19.0L36.0 1.0M72.0 10.0");
  assert.equal(pathOf([0], [0.5], scale), "M0.0 10.0");
  assert.equal(pathOf([], [], scale), "");
});

test("figures are short, in the units people know, and a dash where they are not known", () => {
  assert.deepEqual([0.123, 3.14, 250.4, null].map((value) => percent(value, "en")), ["0.12 %", "3.1 %", "250 %", "–"]);
  assert.deepEqual([0, 1023, 1536, 24.5 * 2 ** 20, undefined].map((value) => memorySize(value, "en")), ["0 B", "1,023 B", "1.5 KiB", "24.5 MiB", "–"]);
  assert.deepEqual([999, 1500, 2.5e9, null].map((value) => dataSize(value, "en")), ["999 B", "1.5 kB", "2.5 GB", "–"]);
  assert.deepEqual([12.34, 40_100, null].map((value) => dataRate(value, "en")), ["12 B/s", "40.1 kB/s", "–"]);
});
