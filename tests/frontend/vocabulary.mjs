// The server's vocabulary as it is now, from the Python that the tests of the front end are run beside.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const program = "import json; from projects.compose.vocabulary import vocabulary; print(json.dumps(vocabulary()))";

export const vocabulary = JSON.parse(execFileSync(join(root, ".venv/bin/python"), ["-c", program], { cwd: root, maxBuffer: 1 << 24 }));
