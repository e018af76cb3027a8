// Servers of the stories: each story has its own, on a free port, with a data directory that vanishes with it.
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = (path) => new URL(path, import.meta.url).pathname;

/** The program under test. */
export const PROGRAM = process.env.DAICHO ?? here("../../target/debug/daicho");
/** The sample agency that `sample.mjs` makes once; stories copy it. */
export const SAMPLE = here("../out/sample");
/** Password of every sample account. */
export const PASSWORD = "mihon-no-daicho-2026";
/** Staff of the sample. */
export const STAFF = 300;

// The stories press faster than any agency; the limits themselves are tested beside their code.
const environment = { ...process.env, DAICHO_REQUESTS_PER_MINUTE: "1000000", DAICHO_LOG: process.env.DAICHO_LOG ?? "error" };
delete environment.DAICHO;

/** Runs a command of the program; gives what it said and its exit status, whatever that is. */
export async function daicho(data, ...words) {
  try {
    const { stdout, stderr } = await run(PROGRAM, ["--data", data, ...words], { env: environment, maxBuffer: 64 << 20 });
    return { status: 0, stdout, stderr };
  } catch (failure) {
    if (typeof failure.code !== "number") throw failure;
    return { status: failure.code, stdout: failure.stdout, stderr: failure.stderr };
  }
}

/** Makes the sample, of today or of that day, unless there is one that is younger than the program; gives its folder. */
export async function makeSample(day) {
  const sample = day ? `${SAMPLE}-${day}` : SAMPLE;
  const age = async (path) => (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
  if ((await age(join(sample, "sample-sign-ins.tsv"))) > (await age(PROGRAM))) return sample;
  await rm(sample, { recursive: true, force: true });
  const size = day ? ["--staff", "60", "--today", day] : ["--staff", String(STAFF)];
  const made = await daicho(sample, "demo", ...size, "--no-serve");
  if (made.status !== 0) throw new Error(`no sample: ${made.stderr}`);
  return sample;
}

/** A new empty data directory. */
export function emptyFolder() {
  return mkdtemp(join(tmpdir(), "daicho-story-"));
}

/** A server of a data directory. */
export class Server {
  /** Serves a copy of the sample agency. */
  static async ofSample() {
    const data = await emptyFolder();
    await cp(SAMPLE, data, { recursive: true });
    return Server.of(data, ["demo"]);
  }

  /** Serves what the data directory holds. */
  static async of(data, words = ["serve"], more = {}, listen = "127.0.0.1:0") {
    const server = new Server();
    server.data = data;
    server.said = "";
    server.child = spawn(PROGRAM, ["--data", data, ...words, "--listen", listen], {
      env: { ...environment, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // A story that fails may leave its server behind: it must neither keep the story alive nor outlive it.
    for (const part of [server.child, server.child.stdout, server.child.stderr]) part.unref();
    const kill = () => server.child.kill("SIGKILL");
    process.on("exit", kill);
    server.ended = new Promise((resolve) => server.child.on("exit", resolve)).finally(() => process.off("exit", kill));
    const waiting = setInterval(() => {}, 1_000);
    server.address = await new Promise((resolve, reject) => {
      const hear = (piece) => {
        server.said += piece;
        const found = server.said.match(/http:\/\/127\.0\.0\.1:(\d+)\//);
        if (found) resolve(`http://127.0.0.1:${found[1]}`);
      };
      server.child.stdout.on("data", hear);
      server.child.stderr.on("data", hear);
      server.child.on("error", reject);
      server.child.on("exit", (status) => reject(new Error(`the server ended with ${status}: ${server.said}`)));
    }).finally(() => clearInterval(waiting));
    return server;
  }

  /** Stops the server as an administrator does, and gives its exit status. */
  async halt() {
    this.child.ref();
    this.child.kill("SIGTERM");
    return this.ended;
  }

  /** Stops the server and takes its data away. */
  async end() {
    await this.halt();
    await rm(this.data, { recursive: true, force: true });
  }
}
