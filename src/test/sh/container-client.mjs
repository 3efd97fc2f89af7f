// A person at a deployed dashboard, over TLS: what the container test does with it. Everything is bounded in time.
//
// Environment: BASE, the public URL; CONNECT, the host and port that it really has; CA, a file; TOKEN_FILE, the API token; beside it, with
// .admin at the end, one of an administrator.
//
//   set-up PROJECT            reads the one-time password from standard input, chooses another, writes tokens of the roles operator and
//                             admin, adds the project, prints its id
//   open PROJECT_ID           starts a session, prints its id
//   begin SESSION COMMAND     has the model run a command and allows it; prints the number of the prompt
//   bash SESSION COMMAND      the same, waits for the end, prints what it printed
//   ask SESSION TEXT          waits for the end of the turn
//   state SESSION             prints it
//   await SESSION STATE       waits for it
//   answers SESSION           prints the assistant's texts, a line each
//   back-up                   asks for a backup as an administrator, waits until it is over, prints what is said of it as JSON
//   ask-for-backup            the same, and waits for nothing
//   backed-up                 waits until no backup runs, prints what is said of the last one
//   watch FILE                until FILE is there: asks all the time, reading and writing; prints what came as JSON
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { request } from "node:https";
import { randomUUID } from "node:crypto";

const LONGEST = 90_000;
const base = new URL(process.env.BASE);
const [host, port] = process.env.CONNECT.split(":");
const ca = readFileSync(process.env.CA);
const token = (role = "") => readFileSync(process.env.TOKEN_FILE + role, "utf8").trim();
const asAdmin = () => ({ authorization: `Bearer ${token(".admin")}` });

function call(method, path, body, headers = { authorization: `Bearer ${token()}` }) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? "" : JSON.stringify(body);
    const asked = request(
      {
        host, port, method, ca, path, servername: base.hostname, agent: false, timeout: LONGEST,
        headers: {
          host: base.host, origin: base.origin, "sec-fetch-site": "same-origin", "content-type": "application/json",
          "content-length": Buffer.byteLength(text), ...headers,
        },
      },
      (answer) => {
        let all = "";
        answer.setEncoding("utf8").on("data", (part) => (all += part));
        answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text: all }));
        answer.on("error", reject);
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
    asked.on("error", reject);
    asked.end(text);
  });
}

async function api(method, path, body, headers) {
  const answer = await call(method, `/api/v1${path}`, body, headers);
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return { ...answer, json: answer.text ? JSON.parse(answer.text) : undefined };
}

async function until(what, look) {
  const end = Date.now() + LONGEST;
  while (Date.now() < end) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`waited ${LONGEST / 1000} s for ${what}`);
}

const cookies = (answer) => answer.headers["set-cookie"].map((one) => one.split(";")[0]).join("; ");

async function setUp(project) {
  const password = readFileSync(0, "utf8").trim();
  const fresh = randomUUID();
  const first = await api("POST", "/auth/login", { username: "admin", password }, {});
  const changed = await api("PUT", "/auth/password", { currentPassword: password, newPassword: fresh },
    { cookie: cookies(first), "x-csrf-token": first.json.csrfToken });
  const signedIn = { cookie: cookies(changed), "x-csrf-token": changed.json.csrfToken };
  for (const [role, end] of [["operator", ""], ["admin", ".admin"]]) {
    const issued = await api("POST", "/tokens", { name: `container test, ${role}`, role }, signedIn);
    writeFileSync(process.env.TOKEN_FILE + end, issued.json.secret, { mode: 0o600 });
  }
  return (await api("POST", "/projects", { path: project }, signedIn)).json.id;
}

const prompt = async (session, text) => {
  const promptId = randomUUID();
  return (await api("POST", `/sessions/${session}/prompts`, { promptId, text })).json.seq;
};

const events = async (session, after) =>
  (await api("GET", `/sessions/${session}/events?after=${after}&limit=500`)).json.events;

// The command must be one that the CLI asks about: it runs what only reads unasked.
async function begin(session, command) {
  const seq = await prompt(session, `bash ${command}`);
  const asked = await until("a request for approval", async () =>
    (await events(session, seq)).find((event) => event.type === "approval-requested"));
  await api("PUT", `/approvals/${asked.data.approvalId}/decision`, { decision: "allow" });
  return seq;
}

const turnEnded = (session, seq) =>
  until("the end of the turn", async () => (await events(session, seq)).some((event) => event.type === "turn-ended"));

async function bash(session, command) {
  const seq = await begin(session, command);
  await turnEnded(session, seq);
  const returned = (await events(session, seq)).find((event) => event.type === "tool-returned");
  const content = returned.data.content;
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

const backups = async () => (await api("GET", "/backups", undefined, asAdmin())).json;

async function backedUp(id) {
  return JSON.stringify(await until("a backup", async () => {
    const { running, requested, history } = await backups();
    return !running && !requested?.waiting && history.find((run) => !id || run.id === id);
  }));
}

async function askForBackup() {
  await until("somebody who makes backups", async () => (await backups()).available);
  const backupId = randomUUID();
  await api("POST", "/backups", { backupId }, asAdmin());
  return backupId;
}

// What people would notice of a deploy: the longest time without an answer, and every answer that was
// not a good one.
async function watch(file) {
  const seen = { requests: 0, writes: 0, failed: [], refused: 0, longestMs: 0 };
  const [session] = (await api("GET", "/sessions")).json.sessions;
  const headers = { authorization: `Bearer ${token()}` };
  while (!existsSync(file)) {
    const began = Date.now();
    try {
      const writes = session && seen.requests % 5 === 0;
      const answer = writes
        ? await call("PATCH", `/api/v1/sessions/${session.id}`, { title: `seen ${seen.requests}` }, headers)
        : await call("GET", "/api/v1/sessions", undefined, headers);
      if (writes) seen.writes++;
      // Not done, and said when to come again: nothing is lost by that.
      if (answer.status === 503 && answer.headers["retry-after"]) seen.refused++;
      else if (answer.status >= 400) seen.failed.push(answer.status);
      else if (answer.text) JSON.parse(answer.text);
    } catch (fault) {
      seen.failed.push(String(fault.message));
    }
    seen.requests++;
    seen.longestMs = Math.max(seen.longestMs, Date.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return JSON.stringify(seen);
}

const actions = {
  "set-up": setUp,
  open: async (projectId) => (await api("POST", "/sessions", { projectId, title: "In a container" })).json.id,
  begin,
  bash,
  ask: async (session, text) => turnEnded(session, await prompt(session, text)),
  state: async (session) => (await api("GET", `/sessions/${session}`)).json.state,
  await: (session, state) =>
    until(`session ${session} to be ${state}`, async () => (await api("GET", `/sessions/${session}`)).json.state === state),
  answers: async (session) =>
    (await events(session, 0)).filter((event) => event.type === "assistant-replied").map((event) => event.data.text).join("\n"),
  "ask-for-backup": askForBackup,
  "back-up": async () => backedUp(await askForBackup()),
  "backed-up": () => backedUp(),
  watch,
};

const [action, ...args] = process.argv.slice(2);
try {
  console.log(await actions[action](...args));
} catch (fault) {
  console.error(`${action}: ${fault.message}`);
  process.exit(1);
}
