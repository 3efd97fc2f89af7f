// Looks at what cannot be run where there is no registry: monitoring.mjs dashboards FOLDER RULES | compose FILE | alloy FILE
//
//   dashboards   Each against Grafana's own schema of that version (its types, read by the TypeScript of the browser side), its grid, and
//                what we ask of a panel; LogQL by Grafana's grammar. Queries in PromQL are written into RULES, for promtool to parse.
//   compose      Each service of the overlay: hardening, limits, a pinned image, nothing open, no secret; who shares a network with whom.
//   alloy        That it reads files and not the engine's socket, and makes no label but those of a few values.
//
// Names every fault and fails; says in one line what was looked at.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const HERE = dirname(fileURLToPath(import.meta.url));
const faults = [];
const fault = (text) => faults.push(text);

const [what, ...files] = process.argv.slice(2);
const checks = { dashboards, compose, alloy };
if (!(what in checks)) {
  console.error("monitoring.mjs dashboards FOLDER RULES | compose FILE | alloy FILE");
  process.exit(64);
}
const seen = await checks[what](...files);
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(seen);

// ---- dashboards

async function dashboards(folder, rules) {
  const { parser } = await import("@grafana/lezer-logql");
  const all = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({ name, document: JSON.parse(readFileSync(join(folder, name), "utf8")) }));
  const queries = [];
  const uids = new Set();
  for (const { name, document } of all) {
    if (document.uid !== `ccd-${basename(name, ".json")}`) fault(`${name}: links lead to the uid, and it is another one: ${document.uid}`);
    if (uids.has(document.uid)) fault(`${name}: its uid is another's too`);
    uids.add(document.uid);
    if (document.editable !== false) fault(`${name}: what is changed in the browser would be lost`);
    grid(name, document.panels);
    for (const panel of document.panels.filter((one) => one.type !== "row")) {
      const place = `${name}, "${panel.title}"`;
      panelIsHelpful(place, panel);
      for (const target of panel.targets) {
        if (target.datasource.uid === "prometheus") queries.push({ place, expr: target.expr });
        else if (target.datasource.uid === "loki") logql(place, target.expr, parser);
        else fault(`${place}: no data source ${target.datasource.uid}`);
      }
    }
    for (const { name: title, expr } of document.annotations.list) queries.push({ place: `${name}, "${title}"`, expr });
  }
  schema(all);
  writeFileSync(
    rules,
    JSON.stringify({
      groups: [{ name: "queries", rules: queries.map(({ expr }, i) => ({ record: `query_${i}`, expr: withoutVariables(expr) })) }],
    }),
  );
  return `${all.length} dashboards, ${queries.length} queries for promtool`;
}

function grid(name, panels) {
  const ids = new Set();
  panels.forEach((panel, index) => {
    if (ids.has(panel.id)) fault(`${name}: id ${panel.id} is there twice`);
    ids.add(panel.id);
    const { x, y, w, h } = panel.gridPos;
    if (x < 0 || y < 0 || w < 1 || h < 1 || x + w > 24) fault(`${name}, "${panel.title}": outside of the grid`);
    for (const other of panels.slice(0, index).map((one) => one.gridPos)) {
      if (x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h) {
        fault(`${name}, "${panel.title}": lies over another`);
      }
    }
  });
}

function panelIsHelpful(place, panel) {
  if ((panel.description ?? "").length < 10) fault(`${place}: nothing says what it shows`);
  if (panel.targets.length === 0) fault(`${place}: asks nothing`);
  const { unit } = panel.fieldConfig.defaults;
  if (["timeseries", "stat", "bargauge"].includes(panel.type) && !unit) fault(`${place}: has no unit`);
  for (const { url } of panel.links ?? []) {
    if (!/^@RUNBOOKS_URL@\/runbooks\/[A-Za-z]+\.md$/.test(url)) fault(`${place}: leads to no runbook: ${url}`);
  }
}

function logql(place, expression, parser) {
  parser.parse(withoutVariables(expression)).iterate({
    enter: (node) => {
      if (node.type.isError) fault(`${place}: not LogQL at ${node.from}: ${expression}`);
    },
  });
}

// Grafana puts durations in their place.
function withoutVariables(expression) {
  const plain = expression.replaceAll(/\$__(rate_interval|range|auto|interval)\b/g, "5m");
  if (plain.includes("$")) fault(`a variable that is not known: ${expression}`);
  return plain;
}

// The JSON is assigned to Grafana's types: what they do not have, or have otherwise, does not compile. What is left out has a default
// in Grafana; links of panels and annotations of Prometheus have fields that the types describe elsewhere.
function schema(all) {
  const ts = createRequire(join(HERE, "../../src/main/web/package.json"))("typescript");
  const types = join(HERE, "node_modules/@grafana/schema/dist/types/raw");
  const kinds = new Set(all.flatMap(({ document }) => document.panels.map((panel) => panel.type)).filter((type) => type !== "row"));
  const lines = [
    `import type * as dashboard from ${JSON.stringify(`${types}/dashboard/x/types.gen`)};`,
    ...[...kinds].map((kind) => `import type * as ${kind} from ${JSON.stringify(`${types}/composable/${kind}/panelcfg/x/types.gen`)};`),
    "type Plain<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T extends Array<infer E> ? Plain<E>[]",
    "  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;",
    "type Panel = Omit<Plain<dashboard.Panel>, 'links'> & { links?: Partial<Plain<dashboard.DashboardLink>>[] };",
  ];
  const places = [];
  const claim = (place, type, value) => {
    places[lines.length] = place;
    lines.push(`export const c${lines.length}: ${type} = ${JSON.stringify(value)};`);
  };
  for (const { name, document } of all) {
    const { panels, annotations, ...rest } = document;
    claim(name, "Plain<dashboard.Dashboard>", rest);
    for (const panel of panels) {
      const place = `${name}, "${panel.title}"`;
      const { options, ...outside } = panel;
      claim(place, panel.type === "row" ? "Plain<dashboard.RowPanel>" : "Panel", outside);
      if (options) claim(place, `Partial<Plain<${panel.type}.Options>>`, options);
      const { custom } = panel.fieldConfig?.defaults ?? {};
      if (custom) claim(place, `Partial<Plain<${panel.type}.FieldConfig>>`, custom);
    }
  }
  const file = "/dashboards.ts";
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  host.getSourceFile = (path, ...more) =>
    path === file ? ts.createSourceFile(path, lines.join("\n"), ts.ScriptTarget.ESNext) : read(path, ...more);
  for (const wrong of ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))) {
    const line = wrong.file?.fileName === file ? wrong.file.getLineAndCharacterOfPosition(wrong.start).line : -1;
    fault(`${places[line] ?? "the schema itself"}: ${ts.flattenDiagnosticMessageText(wrong.messageText, " ").slice(0, 500)}`);
  }
}

// ---- compose

function compose(file) {
  // Values with ${…} are texts for YAML, and are looked at as they stand.
  const { services, networks, secrets } = parse(readFileSync(file, "utf8"), { merge: true });
  const own = Object.entries(services).filter(([, service]) => service.image);
  const others = Object.entries(services).filter(([, service]) => !service.image);
  for (const [name, service] of own) service_(name, service);
  for (const [name, service] of own) {
    for (const secret of service.secrets ?? []) {
      if (!secrets[secret]?.file?.startsWith("${SECRETS_DIR}/")) fault(`${name}: the secret ${secret} is no file of SECRETS_DIR`);
    }
  }
  const members = (network) => [...own, ...others].filter(([, one]) => network in (one.networks ?? {})).map(([name]) => name);
  expect("who is in monitoring", members("monitoring"), ["dashboard", "prometheus"]);
  expect("who is in desk", members("desk"), ["grafana"]);
  expect("who is in notify", members("notify"), ["alertmanager"]);
  expect("who is in edge", members("edge"), ["blackbox"]);
  expect("whom of a release it changes the network of", others.filter(([, one]) => one.networks).map(([name]) => name), ["dashboard"]);
  for (const name of ["monitoring", "tools"]) {
    if (networks[name].internal !== true) fault(`the network ${name} leads out`);
    if (networks[name].driver_opts?.["com.docker.network.bridge.inhibit_ipv4"] !== "true") fault(`this machine is in the network ${name}`);
  }
  return `${own.length} services`;
}

function service_(name, service) {
  const image = /^\$\{[A-Z]+_IMAGE:-[a-z0-9./-]+:v?\d+\.\d+\.\d+(@sha256:[0-9a-f]{64})?\}$/;
  if (!image.test(service.image)) fault(`${name}: no image of one version: ${service.image}`);
  if (!/^\d+:\d+$/.test(service.user ?? "")) fault(`${name}: no user by number`);
  if (service.read_only !== true) fault(`${name}: can write into its image`);
  expect(`${name}: capabilities that it has not`, service.cap_drop, ["ALL"]);
  expect(`${name}: options of security`, service.security_opt, ["no-new-privileges:true"]);
  for (const key of ["cap_add", "privileged", "pid", "ipc", "network_mode", "devices", "userns_mode"]) {
    if (key in service) fault(`${name}: has ${key}`);
  }
  for (const key of ["cpus", "memory", "pids"]) {
    if (!service.deploy?.resources?.limits?.[key]) fault(`${name}: no limit of ${key}`);
  }
  const { driver, options } = service.logging ?? {};
  if (driver !== "json-file" || !options["max-size"] || !options["max-file"]) fault(`${name}: its log has no limit`);
  for (const mount of service.tmpfs ?? []) {
    for (const word of ["noexec", "nosuid", "nodev", "size="]) if (!mount.includes(word)) fault(`${name}: ${mount} is not ${word}`);
  }
  for (const volume of service.volumes ?? []) {
    if (volume.includes("docker.sock")) fault(`${name}: has the engine's socket`);
    const data = new RegExp(`^\\$\\{STATE_DIR\\}/monitoring/${name}:`);
    if (!volume.endsWith(":ro") && !data.test(volume)) fault(`${name}: writes to ${volume}`);
  }
  for (const port of service.ports ?? []) {
    if (!port.startsWith("127.0.0.1:")) fault(`${name}: publishes ${port}`);
  }
  for (const [key, value] of Object.entries(service.environment ?? {})) {
    if (/PASSWORD|SECRET|TOKEN|KEY/.test(key) && !(key.endsWith("__FILE") && value.startsWith("/run/secrets/"))) {
      fault(`${name}: ${key} is no file`);
    }
  }
}

function expect(about, found, wanted) {
  if (JSON.stringify([...(found ?? [])].sort()) !== JSON.stringify([...wanted].sort())) {
    fault(`${about}: wanted ${wanted}, found ${found}`);
  }
}

// ---- alloy

function alloy(file) {
  const text = readFileSync(file, "utf8").replaceAll(/^\s*\/\/.*$/gm, "");
  const components = [...text.matchAll(/^(\w+(?:\.\w+)+) "\w+" \{/gm)].map(([, name]) => name);
  expect("components of Alloy", components, ["local.file_match", "loki.source.file", "loki.process", "loki.write"]);
  const pairs = { "{": "}", "[": "]", "(": ")" };
  const open = [];
  for (const letter of text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')) {
    if (letter in pairs) open.push(pairs[letter]);
    else if (Object.values(pairs).includes(letter) && open.pop() !== letter) fault(`${letter} closes nothing`);
  }
  if (open.length > 0) fault(`${open.join("")} is missing at the end`);
  const given = [...text.matchAll(/stage\.labels \{\s*values = \{([^}]*)\}/g)].flatMap(([, map]) => [...map.matchAll(/(\w+) =/g)]);
  const dropped = [...text.matchAll(/stage\.label_drop \{\s*values = \[([^\]]*)\]/g)].flatMap(([, list]) => [...list.matchAll(/"(\w+)"/g)]);
  const kept = new Set(["filename", ...given.map(([, name]) => name)]);
  for (const [, name] of dropped) kept.delete(name);
  expect("labels of lines", kept, ["service", "level"]);
  return `${components.length} components of Alloy`;
}
