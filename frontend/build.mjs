// Bundles the pages' scripts and styles into telemarket/desk/static/build.
import { build, context } from "esbuild";
import { readdir, readFile, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "src");
const target = path.join(here, "../telemarket/desk/static/build");

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

const options = {
  absWorkingDir: source,
  entryPoints: ["desk.js", "sign-in.js", "theme.js", "heartbeat.js", "desk.css"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: target,
  legalComments: "none",
  logLevel: "warning",
};

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await cp(path.join(here, "static"), target, { recursive: true });
await writeFile(path.join(target, "strings.json"), JSON.stringify(await scriptStrings()));
if (process.argv.includes("--watch")) await (await context(options)).watch();
else await build(options);
