// Daicho and peers side by side on the same data in the same minutes; see README.md. Called by bench/run.
import { spawn, execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

const here = import.meta.dirname;
const work = process.env.BENCH_WORK;
const daicho = process.env.BENCH_DAICHO;
const data = path.join(work, "data");
const postgres = process.env.DAICHO_TEST_POSTGRES;
const wanted = (process.env.BENCH_ONLY ?? "web,updates,paper,peers").split(",");
const databases = (process.env.BENCH_DATABASES ?? "sqlite,postgres").split(",");
const rows = [];
const PORT = 18080;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const read = (file) => fs.readFileSync(file, "utf8");
const memory = (pid, key) => Number(read(`/proc/${pid}/status`).match(new RegExp(`${key}:\\s+(\\d+)`))?.[1] ?? 0) / 1024;
const note = (what, value) => { rows.push([what, value]); console.log(`${what}: ${value}`); };

async function load(plan) {
  // Not synchronous, so that the output of the server is read meanwhile.
  const child = spawn(process.execPath, [path.join(here, "load.mjs"), JSON.stringify(plan)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (part) => (text += part));
  await new Promise((resolve) => child.on("close", resolve));
  return JSON.parse(text);
}

async function answers(url, headers = {}) {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    try {
      const answer = await fetch(url, { headers });
      if (answer.status < 500) return answer;
    } catch { /* not there yet */ }
    await sleep(10);
  }
  throw new Error(`${url} does not answer`);
}

/** Start a server and wait for its first answer; seconds until then. */
async function serve(command, args, env, url) {
  const began = Date.now();
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] });
  await answers(url);
  return { child, seconds: (Date.now() - began) / 1000 };
}

async function stop(child) {
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGTERM");
  await ended;
}

/** A page as somebody signed in gets it. Anything but the page itself ends the run: a redirect is quick and means nothing. */
async function open(base, address, headers) {
  const answer = await fetch(`${base}${address}`, { headers, redirect: "manual" });
  const text = await answer.text();
  if (answer.status !== 200 || !text) throw new Error(`${address}: ${answer.status} ${answer.headers.get("location") ?? ""}, ${text.length} bytes`);
  return text;
}

/** Sign in as a browser does; cookie and secret. */
async function signIn(base, login) {
  const form = new URLSearchParams({ login, password: "mihon-no-daicho-2026" });
  const answer = await fetch(`${base}/sign-in`, { method: "POST", body: form, redirect: "manual" });
  const cookie = answer.headers.getSetCookie()[0]?.split(";")[0];
  const to = answer.headers.get("location");
  // Elsewhere it goes on with a second step or a new password, and every page would only lead back there.
  if (!cookie || to !== "/") throw new Error(`sign-in of ${login}: ${answer.status}, goes on at ${to}`);
  const page = await open(base, "/", { cookie });
  return { cookie, secret: page.match(/name="_secret" value="([^"]+)"/)?.[1] };
}

function line(name, one, many) {
  const cell = (result) => `${result.p50} / ${result.p99} ms, ${result.cpu} ms CPU, ${result.rate}/s`;
  for (const result of [one, many]) {
    const good = !result || (Object.keys(result.statuses).join() === "200" && result.least > 0);
    if (!good) throw new Error(`${name}: ${JSON.stringify(result.statuses)}, shortest body ${result.least} bytes`);
  }
  note(name, many ? `1 connection ${cell(one)}; 16 connections ${cell(many)}; ${one.kilobytes} kB` : `${cell(one)}; ${one.kilobytes} kB`);
  return many ?? one;
}

const database = (url) => (url ? ["--database-url", url] : []);

async function daichoAt(url, label, folder = data) {
  const env = { DAICHO_REQUESTS_PER_MINUTE: "100000000", DAICHO_LOG: "error" };
  const token = (role) =>
    execFileSync(daicho, ["--data", folder, ...database(url), "token", "create", "--name", "bench", "--role", role], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  const bearer = { authorization: `Bearer ${token("personnel")}` };
  const base = `http://127.0.0.1:${PORT}`;
  const args = ["--data", folder, ...database(url), "serve", "--listen", `127.0.0.1:${PORT}`];
  const { child, seconds } = await serve(daicho, args, env, `${base}/readyz`);
  note(`${label}: start-up to the first answer of /readyz`, `${seconds.toFixed(2)} s`);
  await sleep(3000);
  note(`${label}: memory at rest`, `${memory(child.pid, "VmRSS").toFixed(0)} MB`);
  return { child, base, bearer, label, folder: url ? `${data}-postgres` : folder };
}

/** Sign-in name of whoever holds that part in the sample. */
const loginOf = (server, part) =>
  read(path.join(server.folder, "sample-sign-ins.tsv")).split("\n").find((one) => one.startsWith(`${part}\t`)).split("\t")[1];
const officer = (server) => loginOf(server, "人事担当");

const SHEETS = "/api/v1/ledgers/evaluation_sheet/records";
const PEOPLE = "/api/v1/ledgers/person/records";

async function web(server) {
  const { child, base, bearer, label } = server;
  const { cookie } = await signIn(base, officer(server));
  const record = (await (await fetch(`${base}${SHEETS}?limit=1`, { headers: bearer })).json()).records[0];
  const both = async (name, plan) => {
    const one = await load({ pid: child.pid, connections: 1, requests: 200, ...plan });
    const many = await load({ pid: child.pid, connections: 16, requests: 600, ...plan });
    return line(`${label}: ${name}`, one, many);
  };
  const results = {};
  results.list = await both("list of 25 sheets, JSON", { url: `${base}${SHEETS}?limit=25`, headers: bearer });
  await both("list of 50 sheets, page", { url: `${base}/ledgers/evaluation_sheet`, headers: { cookie } });
  await both("list of 50 staff, page", { url: `${base}/ledgers/person`, headers: { cookie } });
  await both("list of 25 sheets of one office and state, JSON", {
    url: `${base}${SHEETS}?limit=25&filter=organisation:is:${record.values.organisation}&filter=state:is:${record.state}`, headers: bearer,
  });
  results.detail = await both("detail, JSON", { url: `${base}${SHEETS}/${record.id}`, headers: bearer });
  await both("detail, page", { url: `${base}/ledgers/evaluation_sheet/${record.id}`, headers: { cookie } });
  await both("search over everything (佐藤), page", { url: `${base}/search?q=${encodeURIComponent("佐藤")}`, headers: { cookie } });
  await both("search in staff (藤), JSON", { url: `${base}${PEOPLE}?limit=25&q=${encodeURIComponent("藤")}`, headers: bearer });
  results.asOf = await both("list of 25 sheets as of 2026-10-15, JSON", { url: `${base}${SHEETS}?limit=25&as_of=2026-10-15`, headers: bearer });
  note(`${label}: memory under load`, `${memory(child.pid, "VmRSS").toFixed(0)} MB now, ${memory(child.pid, "VmHWM").toFixed(0)} MB at most`);
  return results;
}

/** Who looks at contracts, and what share of them they see. */
const READERS = [["監督職員", "supervisor of one office"], ["もう一人の契約担当官", "contract officer of all"], ["契約相手方の統括責任者", "lead of one firm"]];
const OPEN = "f=state:is:planned,returned";

/** Lists, calendars and pages of 200 contracts, beside a plain list of the same server in the same minute. */
async function contracts(server) {
  const { child, base, bearer, label } = server;
  const measure = (plan) => load({ pid: child.pid, connections: 1, requests: 40, url: base, ...plan });
  const { cookie } = await signIn(base, officer(server));
  const plain = await measure({ paths: ["/ledgers/person"], headers: { cookie }, requests: 100 });
  line(`${label}: plain list: 50 staff, page`, plain);
  line(`${label}: plain list: 25 sheets, JSON`, await measure({ paths: [`${SHEETS}?limit=25`], headers: bearer, requests: 100 }));
  for (const [part, who] of READERS) {
    const headers = { cookie: (await signIn(base, loginOf(server, part))).cookie };
    const first = (await open(base, "/ledgers/engagement?f=state:is:in_force", headers)).match(/\/engagements\/([0-9A-Z]{26})/)?.[1];
    if (!first) throw new Error(`${part} sees no contract`);
    const pages = [
      ["contracts", "/ledgers/engagement"],
      ["contracts in force, by office", "/ledgers/engagement?f=state:is:in_force&group=office"],
      ["obligations", "/ledgers/obligation"],
      ["obligations, open", `/ledgers/obligation?${OPEN}`],
      ["obligations of a contract", `/ledgers/obligation?f=engagement:is:${first}`],
      ["obligations, latest first", `/ledgers/obligation?${OPEN}&sort=-due_on`],
      ["obligations by name", "/ledgers/obligation?sort=label"],
      ["obligations counted by state", "/ledgers/obligation?group=state"],
      ["obligations counted by contract", `/ledgers/obligation?${OPEN}&group=engagement`],
      ["hours worked", "/ledgers/work_record"],
      ["home of a contract", `/engagements/${first}`],
      ["calendar of a month", "/engagements/calendar"],
      ["today's work", "/"],
      ["Gantt of a contract", `/engagements/${first}/schedule`],
      ["earned value of a contract", `/engagements/${first}/earned-value`],
      ["risks of a contract", `/engagements/${first}/risks`],
      ["inspection desk", "/inspections"],
      ["progress of all", "/progress"],
      ["tenders", "/tenders"],
      ["search over everything (定例会)", `/search?q=${encodeURIComponent("定例会")}`],
    ];
    for (const [name, address] of pages) {
      const there = await fetch(`${base}${address}`, { headers, redirect: "manual" });
      // A firm has no desk of the agency.
      if (there.status === 404 && who.startsWith("lead")) continue;
      const result = await measure({ paths: [address], headers });
      line(`${label}: ${who}: ${name}`, result);
      note(`${label}: ${who}: ${name}, ratio to the plain list`, (result.cpu / plain.cpu).toFixed(1));
    }
  }
  note(`${label}: memory under load`, `${memory(child.pid, "VmRSS").toFixed(0)} MB now, ${memory(child.pid, "VmHWM").toFixed(0)} MB at most`);
}

async function updates(server) {
  const { child, base, bearer, label } = server;
  const people = (await (await fetch(`${base}${PEOPLE}?limit=800`, { headers: bearer })).json()).records;
  const paths = people.map((person) => `${PEOPLE}/${person.id}`);
  const results = {};
  for (const connections of [1, 8]) {
    const plan = { url: base, paths, pid: child.pid, headers: bearer, method: "PATCH", patch: true, connections };
    const result = await load({ ...plan, requests: connections * 300, body: '{"mail":"bench{n}@mihon.example"}' });
    line(`${label}: audited update of a person over REST, ${connections} writer(s)`, result);
    results[connections] = result;
  }
  return results;
}

async function paper(server) {
  const { child, base } = server;
  const { cookie, secret } = await signIn(base, officer(server));
  const rounds = (await (await fetch(`${base}/api/v1/ledgers/evaluation_round/records?limit=50`, { headers: server.bearer })).json()).records;
  const round = rounds.find((one) => one.state === "open");
  const form = new URLSearchParams({ _secret: secret, f: `round:is:${round.id}` });
  const began = Date.now();
  const answer = await fetch(`${base}/documents/evaluation_record/all`, { method: "POST", headers: { cookie }, body: form, redirect: "manual" });
  const job = answer.headers.get("location");
  if (answer.status !== 303 || !job?.startsWith("/jobs/")) throw new Error(`papers: ${answer.status}`);
  for (;;) {
    await sleep(500);
    const state = await (await fetch(`${base}${job}/progress`, { headers: { cookie } })).json();
    if (state.finished) {
      const seconds = (Date.now() - began) / 1000;
      note("sheets to PDF in one job", `${seconds.toFixed(1)} s: ${state.words}`);
      break;
    }
  }
  note("memory at most, papers included", `${memory(child.pid, "VmHWM").toFixed(0)} MB`);
}

/** Plain PostgreSQL: a row changed and an entry written, in one transaction, as Daicho does at least. */
function pgbench() {
  const bin = spawnSync("sh", ["-c", "command -v pgbench || ls /usr/lib/postgresql/*/bin/pgbench"], { encoding: "utf8" }).stdout.trim().split("\n")[0];
  if (!postgres || !bin) return note("peer: pgbench", "SKIPPED (no PostgreSQL)");
  const sql = path.join(work, "update.sql");
  fs.writeFileSync(sql, "\\set id random(1, 3000)\nBEGIN;\nSELECT body FROM peer_person WHERE id = :id FOR UPDATE;\n" +
    "UPDATE peer_person SET revision = revision + 1, body = jsonb_set(body, '{mail}', to_jsonb(:id::text)) WHERE id = :id;\n" +
    "INSERT INTO peer_entry (at, person, body) VALUES (now(), :id, '{\"act\":\"amend\",\"mail\":{\"before\":\"a\",\"after\":\"b\"}}');\nEND;\n");
  const make = "DROP TABLE IF EXISTS peer_person, peer_entry; CREATE TABLE peer_person (id int PRIMARY KEY, revision int, body jsonb);" +
    "CREATE TABLE peer_entry (sequence bigserial PRIMARY KEY, at timestamptz, person int, body jsonb); CREATE INDEX ON peer_entry (person, sequence);" +
    "INSERT INTO peer_person SELECT n, 1, jsonb_build_object('name', '見本', 'mail', '') FROM generate_series(1, 3000) n";
  execFileSync("psql", [postgres, "-q", "-c", make], { stdio: ["ignore", "ignore", "ignore"] });
  const rates = {};
  for (const clients of [1, 8]) {
    const out = execFileSync(bin, ["-n", "-M", "prepared", "-c", String(clients), "-j", "2", "-T", "5", "-f", sql, postgres], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    rates[clients] = Number(out.match(/tps = ([\d.]+)/)[1]);
    note(`peer: pgbench, plain row and entry, ${clients} client(s)`, `${rates[clients].toFixed(0)} transactions/s`);
  }
  execFileSync("psql", [postgres, "-q", "-c", "DROP TABLE peer_person, peer_entry"]);
  return rates;
}

const started = new Date();
const machine = `${read("/proc/cpuinfo").match(/model name\s*: (.*)/)?.[1] ?? "?"}, ${spawnSync("nproc", { encoding: "utf8" }).stdout.trim()} cores`;
note("machine", machine);
note("load of the machine at the start", read("/proc/loadavg").split(" ").slice(0, 3).join(" "));
let mine = {}, sqlite = {}, server = {}, peerPostgres;
if (wanted.includes("contracts")) {
  const own = await daichoAt(undefined, "contracts", path.join(work, "data-contracts"));
  await contracts(own);
  await stop(own.child);
}
const others = ["web", "updates", "paper"].some((part) => wanted.includes(part));
if (others && databases.includes("sqlite")) {
  const first = await daichoAt(undefined, "SQLite");
  if (wanted.includes("web")) mine = await web(first);
  if (wanted.includes("updates")) sqlite = await updates(first);
  if (wanted.includes("paper")) await paper(first);
  await stop(first.child);
}
if ((others || wanted.includes("peers")) && postgres && databases.includes("postgres")) {
  const second = await daichoAt(postgres, "PostgreSQL");
  if (wanted.includes("web")) await web(second);
  if (wanted.includes("updates")) server = await updates(second);
  await stop(second.child);
  if (wanted.includes("peers")) peerPostgres = pgbench();
}
if (peerPostgres?.[8] && server[8]) note("ratio: updates with 8 writers, Daicho on PostgreSQL to pgbench", (server[8].rate / peerPostgres[8]).toFixed(2));
if (peerPostgres?.[8] && sqlite[8]) note("ratio: updates with 8 writers, Daicho on SQLite to pgbench", (sqlite[8].rate / peerPostgres[8]).toFixed(2));
for (const [name, aim] of [["list", 5], ["detail", 5], ["asOf", 5]]) {
  if (mine[name]) note(`aim: ${name} under ${aim} ms CPU`, mine[name].cpu < aim ? `kept (${mine[name].cpu})` : `MISSED (${mine[name].cpu})`);
}
if (sqlite[1]) note("aim: update under 5 ms CPU", sqlite[1].cpu < 5 ? `kept (${sqlite[1].cpu})` : `MISSED (${sqlite[1].cpu})`);
const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
fs.appendFileSync(path.join(work, "results.md"), `\n### Over HTTP\n\n| ${started.toISOString().slice(0, 16)} UTC | |\n|---|---|\n${table}\n`);
