// A load client: keep-alive connections that each send the next request when the last was answered.
// Prints one line of JSON: requests, seconds, p50 and p99 in ms, CPU ms of the server a request, statuses, the shortest body.
//
//   node load.mjs '{"url":"http://127.0.0.1:8080/","connections":1,"requests":300,"pid":123,"headers":{}}'
//
// "method", "body" and "paths" (taken in turn; "{n}" becomes a running number) may be given. With "patch": true each
// request reads the record's revision first (not measured) and sends it as If-Match.
import http from "node:http";
import fs from "node:fs";

const plan = JSON.parse(process.argv[2]);
const base = new URL(plan.url);
const paths = plan.paths ?? [base.pathname + base.search];
const agent = new http.Agent({ keepAlive: true, maxSockets: plan.connections });
const HERTZ = 100; // CLK_TCK of Linux

/** CPU time of the process and its children in ms. */
function cpu() {
  const pids = Array.isArray(plan.pid) ? plan.pid : [plan.pid];
  let ticks = 0;
  for (const pid of pids) {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch { /* a process that has ended */ }
  }
  return (ticks * 1000) / HERTZ;
}

function send(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint();
    const request = http.request(
      { agent, hostname: base.hostname, port: base.port, path, method, headers: { ...plan.headers, ...headers } },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            ms: Number(process.hrtime.bigint() - began) / 1e6,
            body: Buffer.concat(parts),
          }),
        );
      },
    );
    request.on("error", reject);
    if (body !== undefined) request.write(body);
    request.end();
  });
}

let next = 0;
const times = [];
const statuses = {};
let bytes = 0;
let least = Infinity;

async function worker(which, total) {
  // Each connection has records of its own, so that it never meets a conflict of its own making.
  const tags = new Map();
  const own = plan.patch ? paths.filter((_, place) => place % plan.connections === which) : paths;
  for (;;) {
    const number = next++;
    if (number >= total) return;
    const path = own[Math.floor(number / plan.connections) % own.length];
    const headers = {};
    let body = plan.body?.replaceAll("{n}", String(number));
    if (plan.patch) {
      if (!tags.has(path)) tags.set(path, (await send("GET", path, {})).headers.etag);
      headers["if-match"] = tags.get(path);
    }
    if (body !== undefined) {
      headers["content-type"] = plan.type ?? "application/json";
      headers["content-length"] = Buffer.byteLength(body);
    }
    const answer = await send(plan.method ?? "GET", path.replaceAll("{n}", String(number)), headers, body);
    if (plan.patch) tags.set(path, answer.headers.etag);
    times.push(answer.ms);
    bytes += answer.body.length;
    least = Math.min(least, answer.body.length);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
  }
}

async function run(total) {
  next = 0;
  await Promise.all(Array.from({ length: plan.connections }, (_, which) => worker(which, total)));
}

// Caches and prepared statements are warm before it counts.
await run(Math.min(plan.connections * 5, 50));
times.length = 0;
bytes = 0;
least = Infinity;
for (const status of Object.keys(statuses)) delete statuses[status];
const [beganCpu, began] = [cpu(), process.hrtime.bigint()];
await run(plan.requests);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const used = cpu() - beganCpu;
times.sort((a, b) => a - b);
const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
console.log(
  JSON.stringify({
    requests: times.length,
    rate: +(times.length / seconds).toFixed(1),
    p50: +at(0.5).toFixed(2),
    p99: +at(0.99).toFixed(2),
    cpu: +(used / times.length).toFixed(2),
    kilobytes: +(bytes / times.length / 1000).toFixed(1),
    least,
    statuses,
  }),
);
process.exit(0);
