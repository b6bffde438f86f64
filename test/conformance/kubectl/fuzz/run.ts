/** Runs generated lines on both sides of an arena and says where they differ. */
import { readFileSync } from "node:fs";
import type { Outcome } from "../harness.ts";
import type { Step } from "../scenarios/scenario.ts";
import type { Arena } from "./arena.ts";
import type { Known, KnownObject, KnownResource, Line } from "./line.ts";

export interface Difference {
  readonly generator: string;
  readonly line: Line;
  readonly ours: Outcome;
  readonly real: Outcome;
}

/** A line as the harness runs it. */
export const stepOf = (line: Line): Step => ({
  line: line.args.join(" "),
  args: line.args,
  env: {},
  ...(line.stdin === undefined ? {} : { stdin: line.stdin }),
  ...(line.endless === undefined ? {} : { limit: line.endless }),
});

/** What differs by nature. Both sides look at the same objects: columns are compared as they are. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  // Help is told in words of our own.
  [/^[\s\S]*\nUsage:\n {2}(kubectl[-a-z ]*)[\s\S]*?\n(?=$|error:)/, "HELP $1\n"],
  [/(can't set a map to a value: ).*/g, "$1MAP"],
  [/\bdebugger-[a-z0-9]{5}\b/g, "debugger-RANDOM"],
  [/https:\/\/127\.0\.0\.1:\d+/g, "SERVER"],
  [/^.*reflector\.go:\d+\] .*\n/gm, ""],
  [/\/tmp\/kubectl-[A-Za-z0-9]{6}\b/g, "/workspace"],
  [/^([IWEF])\d{4} [\d:.]+ +\d+ /gm, "$1TIME "],
  // What a server makes up for each request.
  [/("?uid"?: ?)"?[0-9a-f]{8}-[0-9a-f-]{27}"?/g, "$1UID"],
  [/("?(?:creationTimestamp|time)"?: ?)"\d{4}-[^"]*"/g, "$1TIME"],
  [/nodePort: 3\d{4}/g, "nodePort: N"],
  [/"nodePort":(\s*)3\d{4}/g, '"nodePort":$1N'],
  [/clusterIPs?: .*|- 10\.\d+\.\d+\.\d+$/gm, "ADDRESS"],
  [/"?(kube-api-access)-[a-z0-9]{5}\b"?/g, "$1"],
  [/"10\.\d+\.\d+\.\d+"/g, "ADDRESS"],
];

function plain(outcome: Outcome, line: Line): Outcome {
  const mask = (text: string) => MASKS.reduce((so, [pattern, words]) => so.replace(pattern, words), text);
  // Go's maps come in any order, and descriptions of ConfigMaps do not sort them.
  // Nor are labels that are listed, or keys taken from a ConfigMap.
  const chance = line.args.includes("--list") || line.args.some((word) => word.startsWith("--from="));
  const loose =
    chance || (line.args[0] === "describe" && /\nBinaryData\n====|\nData\n====|Default Limit/.test(outcome.stdout));
  const stdout = loose ? mask(outcome.stdout).split("\n").sort().join("\n") : mask(outcome.stdout);
  const stderr = mask(outcome.stderr);
  return {
    stdout,
    stderr: chance ? stderr.split("\n").sort().join("\n") : stderr,
    exitCode: line.endless === undefined ? outcome.exitCode : 0,
  };
}

const same = (a: Outcome, b: Outcome): boolean =>
  a.stdout === b.stdout && a.stderr === b.stderr && a.exitCode === b.exitCode;

/** Undefined where both sides said the same. Tried twice: what came from the moment does not come again. */
export async function differs(arena: Arena, line: Line): Promise<readonly [ours: Outcome, real: Outcome] | undefined> {
  for (const [name, text] of Object.entries(line.files ?? {})) {
    arena.ours.put(name, text);
    arena.real.put(name, text);
  }
  for (let attempt = 0; ; attempt++) {
    const real = plain(await arena.real.run(stepOf(line)), line);
    const ours = plain(await arena.ours.run(stepOf(line)), line);
    if (same(ours, real)) return undefined;
    if (attempt === 2) return [ours, real];
  }
}

/** The shortest line, and files, that still differ: words and lines are left out one by one. `most`: how many are tried. */
export async function minimised(arena: Arena, line: Line, most = 40): Promise<Line> {
  let best = line;
  let tries = 0;
  const better = async (candidate: Line): Promise<boolean> => {
    if (tries++ >= most || (await differs(arena, candidate)) === undefined) return false;
    best = candidate;
    return true;
  };
  for (let i = best.args.length - 1; i > 0; i--) await better({ ...best, args: best.args.filter((_, at) => at !== i) });
  for (const name of Object.keys(best.files ?? {})) {
    const count = (best.files?.[name] ?? "").split("\n").length;
    for (let i = count - 1; i >= 0; i--) {
      const lines = (best.files?.[name] ?? "").split("\n");
      if (lines.length > 1)
        await better({ ...best, files: { ...best.files, [name]: lines.filter((_, at) => at !== i).join("\n") } });
    }
  }
  return best;
}

interface Discovered {
  readonly name: string;
  readonly singularName?: string;
  readonly shortNames?: readonly string[];
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What the cluster serves, and what is in it. */
export async function knownOf(arena: Arena): Promise<Known> {
  const [cluster] = arena.clusters;
  const ask = async (path: string): Promise<Record<string, unknown>> => {
    const { body } = await cluster.handle({
      method: "GET",
      path,
      query: new URLSearchParams(),
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    return JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body as Uint8Array)) as Record<
      string,
      unknown
    >;
  };
  const { groups } = (await ask("/apis")) as { groups: { name: string; versions: { version: string }[] }[] };
  const resources: KnownResource[] = [];
  const objects: KnownObject[] = [];
  for (const [group, version] of [
    ["", "v1"] as const,
    ...groups.flatMap((one) => one.versions.map((each) => [one.name, each.version] as const)),
  ]) {
    const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const { resources: found } = (await ask(base)) as { resources: Discovered[] };
    for (const { name, singularName, shortNames, kind, namespaced, verbs } of found) {
      if (name.includes("/")) continue;
      const resource = {
        name,
        singular: singularName ?? "",
        shortNames: shortNames ?? [],
        kind,
        group,
        version,
        namespaced,
      };
      resources.push(resource);
      if (!verbs.includes("list")) continue;
      const { items } = (await ask(`${base}/${name}`)) as {
        items?: { metadata: { name: string; namespace?: string } }[];
      };
      for (const object of (items ?? []).slice(0, 40))
        objects.push({
          resource,
          namespace: object.metadata.namespace ?? "",
          name: object.metadata.name,
          object: { apiVersion: group === "" ? version : `${group}/${version}`, kind, ...object },
        });
    }
  }
  const facts = JSON.parse(readFileSync(`${process.cwd()}/test/conformance/kubectl/recorded/flags.json`, "utf8")) as {
    commands: Record<string, { flags: Known["globalFlags"] }>;
    global: Known["globalFlags"];
  };
  // System Pods and roles are many and alike.
  const rare = objects.filter(
    ({ namespace, name, resource }) =>
      namespace !== "kube-system" &&
      !(name.startsWith("system:") || resource.name === "events" || resource.name === "leases"),
  );
  const common = objects.filter((one) => !rare.includes(one)).slice(0, 40);
  return {
    resources,
    objects: [...rare, ...common],
    flags: Object.fromEntries(Object.entries(facts.commands).map(([name, { flags }]) => [name, flags])),
    globalFlags: facts.global,
  };
}
