// Builds dist/app.css, dist/app.js and dist/favicon.svg; with --tests, the unit tests into dist-test/.
import { build } from "esbuild";
import { copyFile, mkdir, readdir } from "node:fs/promises";

// The browsers of government offices: Edge and Chrome of the last two years, Firefox ESR, Safari on phones.
const target = ["chrome119", "edge119", "firefox128", "safari17"];

if (process.argv.includes("--tests")) {
  const tests = (await readdir("test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "dist-test",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
  });
} else {
  await mkdir("dist", { recursive: true });
  await build({
    entryPoints: ["src/app.css", "src/app.ts"],
    outdir: "dist",
    bundle: true,
    format: "esm",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    target,
  });
  await copyFile("src/favicon.svg", "dist/favicon.svg");
}
