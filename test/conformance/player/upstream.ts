/**
 * Upstream's own conformance tests (test/conformance/testdata/conformance.yaml of kubernetes/kubernetes) and where ours
 * prove the same: the lists under `test/conformance/upstream/`, the key `conformance` of scenarios, and the page made of
 * both, docs/conformance.md.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { loadScenarios } from "./load.ts";

/** A codename as upstream writes it; the " [Conformance]" that ends them all may be left out. */
const codename = z
  .string()
  .regex(/^\[sig-[a-z-]+\] \S/, 'starts with its group, like "[sig-apps] "')
  .transform((text) => text.replace(/ \[Conformance\]$/, ""));

const listed = z.union([
  codename.transform((name) => ({ name })),
  z.strictObject({
    name: codename,
    /** Tests beside the scenarios that prove it: "test/integration/x.test.ts: words of the test's title". */
    provenBy: z
      .array(z.string().regex(/^\S+\.test\.ts: \S/, '"path.test.ts: title"'))
      .min(1)
      .optional(),
    /** Why it can prove nothing here. */
    notApplicable: z.string().min(20).optional(),
  }),
]);

const list = z.array(
  z.strictObject({
    /** Upstream's file the tests are in. */
    file: z.string().startsWith("test/e2e/"),
    /** Why none of them can prove anything here. */
    notApplicable: z.string().min(20).optional(),
    tests: z.array(listed).min(1),
  }),
);

/** One of upstream's conformance tests. */
interface UpstreamTest {
  /** Without the " [Conformance]" that ends them all. */
  readonly name: string;
  /** "sig-apps" */
  readonly group: string;
  /** Upstream's file. */
  readonly file: string;
  /** Titles of scenarios, and "path.test.ts: title" of other tests. */
  readonly proofs: readonly string[];
  readonly notApplicable: string | undefined;
}

interface Audit {
  readonly tests: readonly UpstreamTest[];
  /** What the lists or the scenarios say wrongly: names that upstream does not have, proofs that are not there. */
  readonly problems: readonly string[];
}

/** Reads the lists and the scenarios below `root`, the project's folder. */
export function auditConformance(root: string): Audit {
  const problems: string[] = [];
  const byScenario = new Map<string, string[]>();
  for (const { title, scenario } of loadScenarios(join(root, "test/conformance/scenarios")))
    for (const name of scenario.conformance) byScenario.set(name, [...(byScenario.get(name) ?? []), title]);

  const tests: UpstreamTest[] = [];
  const folder = join(root, "test/conformance/upstream");
  for (const path of readdirSync(folder).sort()) {
    const parsed = list.safeParse(parse(readFileSync(join(folder, path), "utf8")));
    if (!parsed.success) {
      problems.push(`${path}: ${z.prettifyError(parsed.error)}`);
      continue;
    }
    for (const { file, notApplicable: whyNone, tests: entries } of parsed.data)
      for (const entry of entries) {
        const { name } = entry;
        const others = ("provenBy" in entry ? entry.provenBy : undefined) ?? [];
        const whyNot = ("notApplicable" in entry ? entry.notApplicable : undefined) ?? whyNone;
        const proofs = [...(byScenario.get(name) ?? []), ...others];
        byScenario.delete(name);
        if (tests.some((test) => test.name === name)) problems.push(`${path}: "${name}" is listed twice`);
        if (whyNot !== undefined && proofs.length > 0)
          problems.push(`${path}: "${name}" is said not to apply, and is proven by ${proofs.join(", ")}`);
        for (const proof of others) {
          const why = missing(root, proof);
          if (why !== undefined) problems.push(`${path}: "${name}": ${why}`);
        }
        const group = /^\[([^\]]+)\]/.exec(name)?.[1] ?? "";
        tests.push({ name, group, file, proofs, notApplicable: whyNot });
      }
  }
  for (const [name, titles] of byScenario)
    problems.push(`${titles.join(", ")}: upstream has no conformance test "${name}" in the lists`);
  return { tests, problems };
}

/** What is wrong with the proof "path.test.ts: title", if anything. */
function missing(root: string, proof: string): string | undefined {
  const cut = proof.indexOf(": ");
  const path = proof.slice(0, cut);
  const title = proof.slice(cut + 2);
  if (!existsSync(join(root, path))) return `there is no ${path}`;
  if (!readFileSync(join(root, path), "utf8").includes(title)) return `${path} has no test "${title}"`;
  return undefined;
}

/** docs/conformance.md as text. */
export function conformancePage({ tests }: Audit): string {
  const groups = [...new Set(tests.map(({ group }) => group))].sort();
  const lines = [
    "# Upstream's conformance tests, and ours",
    "",
    "Made by `node scripts/conformance.mjs` from the lists in `test/conformance/upstream/` and the key `conformance` of the scenarios: change those, not this.",
    "",
    "Upstream names the tests that every cluster called Kubernetes must pass (`test/conformance/testdata/conformance.yaml` in kubernetes/kubernetes). They are Go programs that need a cluster of machines; what each of them wants is proven here by scenarios (`test/conformance/scenarios`, by title) or by the tests named. ` [Conformance]`, which ends all the names, is left out.",
  ];
  for (const group of groups) {
    const own = tests.filter((test) => test.group === group);
    lines.push("", `## ${group}`, "", `${counts(own)}.`);
    for (const file of new Set(own.map((test) => test.file))) {
      lines.push("", `### ${file}`, "");
      for (const test of own) if (test.file === file) lines.push(`- ${escaped(test.name)}: ${verdict(test)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** "3 tests: 1 proven, 1 not applicable, 1 missing" */
function counts(tests: readonly UpstreamTest[]): string {
  const proven = tests.filter(({ proofs }) => proofs.length > 0).length;
  const outside = tests.filter(({ notApplicable }) => notApplicable !== undefined).length;
  return `${tests.length} tests: ${proven} proven, ${outside} not applicable, ${tests.length - proven - outside} missing`;
}

function verdict({ proofs, notApplicable }: UpstreamTest): string {
  if (proofs.length > 0) return proofs.map((proof) => `\`${proof}\``).join(", ");
  return notApplicable === undefined ? "**missing**" : `not applicable: ${notApplicable}`;
}

const escaped = (name: string) => name.replace(/[[\]*_<>`]/g, "\\$&");
