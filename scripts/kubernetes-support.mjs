// Writes docs/kubernetes-support.md from the definitions of lib/kubernetes/api. With --check: only says whether it is current.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import generateSchemas from "./generate-schemas.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, "docs", "kubernetes-support.md");

generateSchemas();
const { outputFiles } = await build({
  stdin: {
    contents: `
      export { apiDefinitions } from "./lib/kubernetes/apiserver/built-in.ts";
      export { schemas } from "./lib/kubernetes/api/index.ts";
      export { FIELDS } from "./lib/kubernetes/api/support.ts";`,
    resolveDir: root,
    loader: "ts",
  },
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
  logLevel: "error",
});
const code = Buffer.from(outputFiles[0]?.text ?? "").toString("base64");
const { apiDefinitions, schemas, FIELDS } = await import(`data:text/javascript;base64,${code}`);

const list = (items) =>
  items === undefined || items.length === 0 ? "" : items.map((item) => `\`${item}\``).join(", ");
const apiVersion = ({ group, version }) => (group === "" ? version : `${group}/${version}`);
const level = { carried: "carried, no effect", refused: "refused" };

/** Schemas a kind is made of, by dotted name. */
function reachable(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = JSON.stringify(schemas.get(name) ?? {});
  for (const [, reference] of text.matchAll(/"\$ref":"([^"]+)"/g)) reachable(reference, seen);
  return seen;
}

const lines = [
  "# What of Kubernetes is here",
  "",
  "Made by `node scripts/kubernetes-support.mjs` from the definitions in `lib/kubernetes/api` and `lib/kubernetes/api/support.ts`: change those, not this.",
  "",
  "The API is that of Kubernetes v1.34. A field that is not named here does what it says. *Carried* fields are checked, kept and shown as upstream does, and change nothing else. *Refused* ones are answered with an error or an event that says so. Fields that are no part of the schema are treated as `fieldValidation` asks: dropped, warned about or refused.",
  "",
  "## Kinds",
  "",
  "| kind | version | short names | subresources | fields for `--field-selector` | defaults | validation |",
  "|---|---|---|---|---|---|---|",
];
const sorted = [...apiDefinitions.resources].sort(
  (a, b) => apiVersion(a).localeCompare(apiVersion(b)) || a.kind.localeCompare(b.kind),
);
for (const definition of sorted) {
  const { kind, shortNames, subresources, selectableFields, applyDefaults, validate } = definition;
  lines.push(
    `| ${kind} | ${apiVersion(definition)} | ${list(shortNames)} | ${list(subresources)} | ${list(Object.keys(selectableFields ?? {}))} | ${applyDefaults ? "yes" : "none"} | ${validate ? "yes" : "types only"} |`,
  );
}
lines.push("", "## Kinds without an effect of their own", "", "| kind | how | why |", "|---|---|---|");
for (const [path, { level: how, note }] of Object.entries(FIELDS))
  if (path.includes("/")) lines.push(`| ${path} | ${level[how]} | ${note} |`);
lines.push("", "## Fields without an effect, or refused", "", "| field | of kinds | how | why |", "|---|---|---|---|");
const usage = new Map(sorted.map(({ kind, schemaName }) => [kind, reachable(schemaName)]));
for (const [path, { level: how, note }] of Object.entries(FIELDS)) {
  if (path.includes("/")) continue;
  const owner = path.slice(0, path.lastIndexOf("."));
  const field = path.slice(owner.length + 1);
  const name = schemas.names().find((candidate) => candidate.endsWith(`.${owner}`));
  if (schemas.get(name ?? "")?.properties?.[field] === undefined)
    throw new Error(`support.ts names ${path}, which is no field`);
  const kinds = [...usage].filter(([, names]) => names.has(name)).map(([kind]) => kind);
  lines.push(`| \`${owner.split(".").pop()}.${field}\` | ${kinds.join(", ")} | ${level[how]} | ${note} |`);
}
const text = `${lines.join("\n")}\n`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("docs/kubernetes-support.md is not current: run node scripts/kubernetes-support.mjs");
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
