// Writes docs/conformance.md from test/conformance/upstream and the scenarios. A test says when it is not current.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { outputFiles } = await build({
  entryPoints: [join(root, "test/conformance/player/upstream.ts")],
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
  logLevel: "error",
  // The yaml package is CommonJS inside and asks for Node's own modules with require().
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("file:///");' },
});
const code = Buffer.from(outputFiles[0]?.text ?? "").toString("base64");
const { auditConformance, conformancePage, counts } = await import(`data:text/javascript;base64,${code}`);

const audit = auditConformance(root);
for (const problem of audit.problems) console.error(problem);
writeFileSync(join(root, "docs", "conformance.md"), conformancePage(audit));
console.log(counts(audit.tests));
process.exit(audit.problems.length === 0 ? 0 : 1);
