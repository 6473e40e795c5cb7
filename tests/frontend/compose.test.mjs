import assert from "node:assert/strict";
import { test } from "node:test";
import { Text } from "@codemirror/state";

import { isComposeFile } from "../../static/src/editor/compose.js";
import { candidatesAt, explanationAt } from "../../static/src/editor/compose/candidates.js";
import { declaredNames, placeAt, wordAt } from "../../static/src/editor/compose/place.js";
import { vocabulary } from "./vocabulary.mjs";

/** A document and the position that is marked with `|` in its text. */
function marked(text) {
  const pos = text.indexOf("¦");
  assert.ok(pos >= 0, "the text has no mark");
  return [Text.of(text.replace("¦", "").split("\n")), pos];
}

const HEAD = "services:\n  db:\n    image: postgres\n  web:\n";
const TAIL = "\nnetworks:\n  front:\n  back:\nvolumes:\n  data:\n";

const PLACES = [
  ["¦", "key", [], ""],
  ["serv¦", "key", [], "serv"],
  ["services:\n  ¦", "key", ["services"], ""],
  ["services:\n  web:\n    ima¦", "key", ["services", "web"], "ima"],
  ["services:\n  web:\n    image: x\n\n    # a note: here\n    bu¦", "key", ["services", "web"], "bu"],
  ["services:\n  web:\n    restart: al¦", "value", ["services", "web", "restart"], "al"],
  ['services:\n  web:\n    restart: "al¦', "value", ["services", "web", "restart"], "al"],
  ["services:\n  web:\n    depends_on:\n      - d¦", "item", ["services", "web", "depends_on", "-"], "d"],
  ["services:\n  web:\n    depends_on:\n    - a\n    - ¦", "item", ["services", "web", "depends_on", "-"], ""],
  ["services:\n  web:\n    depends_on: [a, d¦", "item", ["services", "web", "depends_on", "-"], "d"],
  ["services:\n  web:\n    networks: [¦", "item", ["services", "web", "networks", "-"], ""],
  ["services:\n  web:\n    ports:\n      - target: 80\n        pro¦", "key", ["services", "web", "ports", "-"], "pro"],
  ["services:\n  web:\n    ports:\n    - target: 80\n    - pro¦", "item", ["services", "web", "ports", "-"], "pro"],
  ["services:\n  web:\n    ports:\n    - target: 80\n      protocol: u¦", "value", ["services", "web", "ports", "-", "protocol"], "u"],
  ["services:\n  web:\n    ports:\n    - '80'\n    rest¦", "key", ["services", "web"], "rest"],
  ["services:\n  web:\n    depends_on:\n      db:\n        condition: ¦", "value", ["services", "web", "depends_on", "db", "condition"], ""],
  ["services:\n  web:\n    environment:\n      A: 1\n    la¦", "key", ["services", "web"], "la"],
  ["services:\n  web:\n    build: {con¦", "key", ["services", "web", "build"], "con"],
  ["services:\n  web:\n    build: {context: ., args: {A: 1}, tar¦", "key", ["services", "web", "build"], "tar"],
  ["services:\n  web:\n    depends_on: {db: {condition: se¦", "value", ["services", "web", "depends_on", "db", "condition"], "se"],
  ['services:\n  web: {restart: "al¦', "value", ["services", "web", "restart"], "al"],
  ["services:\n  web:\n    ports:\n      - {target: 80, pro¦", "key", ["services", "web", "ports", "-"], "pro"],
  ["services:\n  web:\n    ports: [{target: 80}, {protocol: u¦", "value", ["services", "web", "ports", "-", "protocol"], "u"],
  ["services:\n    web:\n        build:\n            con¦", "key", ["services", "web", "build"], "con"],
];

for (const [text, kind, path, typed] of PLACES) {
  test(`the place in ${JSON.stringify(text)}`, () => {
    const place = placeAt(...marked(text));
    assert.deepEqual([place?.kind, place?.path, place?.typed], [kind, path, typed]);
  });
}

for (const text of ["# ser¦", "services: # wha¦", "services:\n  web:\n    command: |\n      ima¦", "services:\n  web:\n    build: {context: a b¦", "services:\n  web:\n    build: {context: a} # {con¦"]) {
  test(`nothing is offered in ${JSON.stringify(text)}`, () => assert.equal(placeAt(...marked(text)), null));
}

/** What is offered inside the service `web` of a file with other services, networks and volumes. */
function labels(text) {
  const found = candidatesAt(vocabulary, ...marked(HEAD + text + TAIL));
  return (found?.options ?? []).map(({ label }) => label);
}

const OFFERED = [
  ["    restart: ¦", ["no", "always", "on-failure", "unless-stopped"]],
  ["    depends_on:\n      - ¦", ["db"]],
  ["    depends_on:\n      ¦", ["db"]],
  ["    depends_on: [¦", ["db"]],
  ["    depends_on:\n      db:\n        ¦", ["restart", "required", "condition"]],
  ["    depends_on:\n      db:\n        condition: ¦", ["service_started", "service_healthy", "service_completed_successfully"]],
  ["    depends_on:\n      db:\n        restart: ¦", ["true", "false"]],
  ["    networks:\n      - ¦", ["front", "back"]],
  ["    networks:\n      front:\n      ¦", ["back"]],
  ["    volumes:\n      - ¦", ["data:", "type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs", "image"]],
  ["    network_mode: ¦", ["service:db", "bridge", "host", "none"]],
  ["    ports:\n      - target: 80\n        protocol: ¦", ["tcp", "udp", "sctp"]],
  ["    depends_on: {db: {condition: service_started, ¦", ["restart", "required"]],
  ["    depends_on: {db: {condition: ¦", ["service_started", "service_healthy", "service_completed_successfully"]],
  ["    ports: [{target: 80, protocol: ¦", ["tcp", "udp", "sctp"]],
  ["    healthcheck:\n      test: [¦", ["CMD", "CMD-SHELL", "NONE"]],
  ["    privileged: ¦", ["true", "false"]],
  ["    image: ¦", []],
  ["    nonsense:\n      ¦", []],
];

for (const [text, expected] of OFFERED) {
  test(`what is offered in ${JSON.stringify(text)}`, () => assert.deepEqual(labels(text), expected));
}

test("keys of a service are offered once each, without those that are there", () => {
  const offered = labels("    image: x\n    ¦\n    ports: []");
  for (const key of ["build", "restart", "healthcheck", "pull_policy", "deploy"]) assert.ok(offered.includes(key), key);
  for (const key of ["image", "ports", "services"]) assert.ok(!offered.includes(key), key);
  assert.equal(new Set(offered).size, offered.length);
});

test("a chosen key brings what follows it, and a word that YAML may misread its quotes", () => {
  const inserted = (text, label) => candidatesAt(vocabulary, ...marked(HEAD + text)).options.find((option) => option.label === label).insert;
  assert.equal(inserted("    ¦", "image"), "image: ");
  assert.equal(inserted("    ¦", "cap_add"), "cap_add:\n      - ");
  assert.equal(inserted("    ¦", "healthcheck"), "healthcheck:\n      ");
  assert.equal(inserted("    restart: ¦", "no"), '"no"');
  assert.equal(inserted('    restart: "¦', "no"), "no");
  assert.equal(inserted("    deploy: {¦", "resources"), "resources: {");
  assert.equal(inserted("    healthcheck: {¦", "retries"), "retries: ");
});

test("names are those that the file itself declares", () => {
  const doc = Text.of((HEAD + TAIL).split("\n"));
  assert.deepEqual(declaredNames(doc, "services"), ["db", "web"]);
  assert.deepEqual(declaredNames(doc, "networks"), ["front", "back"]);
  assert.deepEqual(declaredNames(doc, "configs"), []);
});

test("the key under the pointer is explained, and a word that it may have", () => {
  const [doc, pos] = marked(`${HEAD}    he¦althcheck:\n      interval: 5s\n`);
  assert.deepEqual(wordAt(doc, pos).path, ["services", "web", "healthcheck"]);
  assert.match(explanationAt(vocabulary, doc, pos).about, /healthy/);
  assert.equal(explanationAt(vocabulary, ...marked("services:\n  we¦b:\n    image: x")), null);
  assert.equal(explanationAt(vocabulary, ...marked("services:\n  web:\n    image: re¦dis")), null);
  const said = (text) => explanationAt(vocabulary, ...marked(`services:\n  web:\n${text}`))?.path.at(-1);
  assert.equal(said("    restart: unless-¦stopped # for ever"), "restart");
  assert.equal(said("    restart: unless-stopped # for e¦ver"), undefined);
  assert.equal(said("    depends_on: {db: {condi¦tion: service_healthy}}"), "condition");
  assert.equal(said("    depends_on: {db: {condition: 'service_¦healthy'}}"), "condition");
  assert.equal(said("    ports:\n      - {target: 80, proto¦col: udp}"), "protocol");
  assert.equal(said("    depends_on: {d¦b: {condition: service_healthy}}"), undefined);
});

test("Compose files are known by name, or by their sections", () => {
  for (const name of ["compose.yaml", "docker-compose.yml", "compose.override.yaml", "sub/docker-compose.prod.yml"]) assert.ok(isComposeFile(name, ""), name);
  assert.ok(isComposeFile("stack.yml", "name: x\nservices:\n"));
  assert.ok(!isComposeFile("prometheus.yml", "scrape_configs:\n"));
  assert.ok(!isComposeFile("composer.json", ""));
});
