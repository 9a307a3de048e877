// Bundles the pages' scripts and styles into telemarket/desk/static/build.
import { build, context } from "esbuild";
import { readdir, readFile, cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "src");
const target = path.join(here, "../telemarket/desk/static/build");
const fresh = `${target}.${process.pid}`; // put in place whole: pages are served from `target` meanwhile

/** Texts the scripts show, as `_("…")` in their sources; the server sends their translations with each page. */
async function scriptStrings() {
  const found = new Set();
  for (const name of await readdir(source)) {
    if (!name.endsWith(".js")) continue;
    const text = await readFile(path.join(source, name), "utf8");
    for (const [, literal] of text.matchAll(/\b_\(\s*("(?:[^"\\]|\\.)*")/g)) found.add(JSON.parse(literal));
  }
  return [...found].sort();
}

/** The ringing tone of this part of the world: 425 Hz, one second in five; 8-bit sound, 8,000 samples a second. */
function ringingTone() {
  const rate = 8000;
  const samples = Buffer.alloc(5 * rate, 128);
  for (let at = 0; at < rate; at += 1) {
    const edge = Math.min(1, at / 200, (rate - at) / 200); // without a click at either end
    samples[at] = 128 + Math.round(44 * edge * Math.sin((2 * Math.PI * 425 * at) / rate));
  }
  const head = Buffer.alloc(44);
  head.write("RIFF");
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  for (const [value, at] of [[1, 20], [1, 22], [1, 32], [8, 34]]) head.writeUInt16LE(value, at);
  for (const at of [24, 28]) head.writeUInt32LE(rate, at);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const options = {
  absWorkingDir: source,
  entryPoints: ["desk.js", "sign-in.js", "early.js", "heartbeat.js", "wall.js", "desk.css", "wall.css"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: fresh,
  legalComments: "none",
  logLevel: "warning",
};

await mkdir(fresh, { recursive: true });
await cp(path.join(here, "static"), fresh, { recursive: true });
await writeFile(path.join(fresh, "ring.wav"), ringingTone());
await writeFile(path.join(fresh, "strings.json"), JSON.stringify(await scriptStrings()));
await build(options);
await rm(target, { recursive: true, force: true });
await rename(fresh, target);
if (process.argv.includes("--watch")) await (await context({ ...options, outdir: target })).watch();
