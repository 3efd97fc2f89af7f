// Writes each "run" block of the workflows into a file of its own, so that shellcheck can read it: run-blocks.mjs DIR WORKFLOW...
// Fails on a block that another shell would run, and on one with an expression inside: what an expression gives becomes part of
// the program, so it must come through "env".
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";

const [folder, ...workflows] = process.argv.slice(2);
let wrong = 0;
let written = 0;

for (const file of workflows) {
  const workflow = parse(readFileSync(file, "utf8"));
  for (const [job, { steps = [], defaults }] of Object.entries(workflow.jobs)) {
    steps.forEach((step, index) => {
      if (step.run === undefined) return;
      const place = `${basename(file)}, job ${job}, step ${step.name ?? index + 1}`;
      const shell = step.shell ?? defaults?.run?.shell ?? workflow.defaults?.run?.shell;
      if (shell !== "bash") complain(`${place}: "shell: bash" is missing; without it a failing pipe passes`);
      if (step.run.includes("${{")) complain(`${place}: an expression in a run block; hand it over by env`);
      const name = `${basename(file)}.${job}.${index + 1}.sh`;
      writeFileSync(join(folder, name), `#!/usr/bin/env bash\nset -eo pipefail\n${step.run.trimEnd()}\n`);
      written++;
    });
  }
}

function complain(message) {
  console.error(message);
  wrong++;
}

if (written === 0) complain("there are no run blocks");
process.exit(wrong === 0 ? 0 : 1);
