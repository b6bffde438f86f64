// `npm run bench [NAME ...] [-- ARGUMENT ...]`: compiles and runs test/bench, prints figures. No part of `npm test`.
// Words that are no names are arguments of the one that is named.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { build as buildAll } from "./build.mjs";
import { compile } from "./compile.mjs";
import { root } from "./sources.mjs";

const all = readdirSync(join(root, "test", "bench"))
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.slice(0, -".bench.ts".length));
const wanted = process.argv.slice(2).filter((word) => all.includes(word));
const rest = process.argv.slice(2).filter((word) => !all.includes(word));
if (rest.length > 0 && wanted.length !== 1) {
  console.error(`no such benchmark: ${rest.join(", ")}; there are ${all.join(", ")}`);
  process.exit(1);
}
const names = all.filter((name) => wanted.length === 0 || wanted.includes(name));

// The pages take a minute to build: only where they are looked at.
await (names.includes("page") ? buildAll() : compile());
await build({
  absWorkingDir: root,
  entryPoints: [...names.map((name) => `test/bench/${name}.bench.ts`), "test/bench/load-client.ts"],
  outdir: "dist/bench",
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node20",
  format: "esm",
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
  plugins: [
    {
      // The peer's published modules import without file endings, which Node does not resolve: it is bundled.
      name: "externals",
      setup({ onResolve }) {
        onResolve({ filter: /^[^./]/ }, ({ path, importer }) =>
          path.startsWith("@ngrok/webernetes") || importer.includes("webernetes")
            ? undefined
            : { path, external: true },
        );
      },
    },
  ],
});
// The young generation of sandbox workers (lib/attempts/workers.node.ts): 12 MB, three semi-spaces of 4.
const asWorkersRun = ["--max-semi-space-size=4", ...(process.env.BENCH_NODE ?? "").split(" ").filter(Boolean)];
for (const name of names) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(
    process.execPath,
    ["--expose-gc", "--enable-source-maps", ...asWorkersRun, join(root, "dist/bench", `${name}.bench.mjs`), ...rest],
    {
      cwd: root,
      stdio: "inherit",
    },
  );
  if (status !== 0) process.exitCode = 1;
}
