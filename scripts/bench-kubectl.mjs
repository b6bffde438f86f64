/** Compares our kubectl with the real binary, command line by command line. VERBOSE=1 shows what differs. */

import { rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const outfile = new URL(`../node_modules/.cache/bench-kubectl-${process.pid}.mjs`, import.meta.url).pathname;
await build({
  entryPoints: [new URL("../test/conformance/kubectl/bench.ts", import.meta.url).pathname],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
});
process.on("exit", () => rmSync(outfile, { force: true }));
await import(pathToFileURL(outfile).href);
