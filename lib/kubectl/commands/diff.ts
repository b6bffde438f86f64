/** kubectl diff (kubectl/pkg/cmd/diff): what `apply` would change, shown by a diff program over two directories. */

import { toYaml } from "../../encoding/index.ts";
import { isErrno, type Process } from "../../machine/index.ts";
import { pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, isApiError, isNotFound } from "../errors.ts";
import { FILE_FLAGS, fieldManagerFlag, SELECTOR_FLAG } from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { klogLine } from "../klog.ts";
import {
  clone,
  isObject,
  type JsonObject,
  type KubeObject,
  nameOf,
  namespaceOf,
  stringsAt,
  textAt,
} from "../object.ts";
import { hasGoType } from "../patch/merge-keys.ts";
import { threeWayMergePatch, threeWayStrategicPatch } from "../patch/three-way.ts";
import { withoutManagedFields } from "../printers/output.ts";
import { build, type Target } from "../resources/builder.ts";
import { allowlistOf, prunable, warnOfDefaults } from "./apply/prune.ts";
import { lastApplied, withoutLastApplied } from "./last-applied.ts";
import { matchesSelector } from "./selectors.ts";

const MANAGER = "kubectl-client-side-apply";
/** How often an object that changes while it is compared is tried, the last time without a lock. */
const TRIES = 4;

interface Versions {
  readonly live: KubeObject | undefined;
  readonly merged: KubeObject;
}

async function diff(invocation: Invocation): Promise<number> {
  const { flags, args } = invocation;
  const refuse = (message: string) => new CommandError(message);
  if (args.length > 0)
    throw refuse(`Unexpected args: [${args.join(" ")}]\nSee '${invocation.path} -h' for help and examples`);
  if (flags.list("filename").length === 0 && flags.string("kustomize") === "")
    throw refuse("must specify one of -f and -k");
  if (flags.bool("force-conflicts") && !flags.bool("server-side"))
    throw refuse("--force-conflicts only works with --server-side");
  const pruning = flags.bool("prune");
  const allowlist = pruning ? await allowlistOf(invocation) : undefined;
  const directories = {
    live: makeTemporary(invocation.process, "LIVE-"),
    merged: makeTemporary(invocation.process, "MERGED-"),
  };
  try {
    const selection = await build(invocation, {});
    const [problem] = selection.errors;
    if (problem !== undefined) throw problem;
    const selector = flags.string("selector");
    const uids = new Set<string>();
    const namespaces = new Set<string>();
    for (const target of selection.targets) {
      if (selector !== "" && !matchesSelector(selector, stringsAt(target.object, "metadata", "labels"))) continue;
      const versions = await versionsOf(invocation, target);
      write(invocation, target, versions, directories);
      if (target.resource.namespaced) namespaces.add(target.namespace);
      if (versions.live !== undefined) uids.add(textAt(versions.live, "metadata", "uid"));
      if (textAt(versions.live, "metadata", "deletionTimestamp") !== "")
        await invocation.err(
          `Warning: Detected changes to resource ${target.name} which is currently being deleted.\n`,
        );
    }
    if (pruning) {
      await warnOfDefaults(invocation, allowlist);
      // What would go is there before, and nothing of it after.
      for await (const { resource, object } of prunable(invocation, allowlist, { uids, namespaces }))
        invocation.process.files.writeFile(
          `${directories.live}/${fileName(resource, namespaceOf(object), nameOf(object))}`,
          toYaml(object),
        );
    }
    return await runProgram(invocation, directories.live, directories.merged);
  } finally {
    for (const directory of Object.values(directories))
      invocation.process.files.remove(directory, { recursive: true, force: true });
  }
}

function makeTemporary({ clock, env, files }: Process, prefix: string): string {
  const root = (env.get("TMPDIR") || "/tmp").replace(/\/+$/, "");
  for (;;) {
    const path = `${root}/${prefix}${Math.floor(clock.random() * 2 ** 32)}`;
    if (files.exists(path)) continue;
    files.makeDirectory(path, { mode: 0o700 });
    return path;
  }
}

/** The object as it is, and as it would be. An object that changes meanwhile is tried again. */
async function versionsOf(invocation: Invocation, target: Target): Promise<Versions> {
  const rest = await invocation.rest();
  const { resource, namespace, name } = target;
  for (let attempt = 1; ; attempt++) {
    let live: KubeObject | undefined;
    try {
      live = await rest.get(pathOf(resource, namespace, name));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const last = attempt === TRIES;
    if (last) {
      const kind = `${resource.group}/${resource.version}, Kind=${resource.kind}`;
      const text = `Object (${kind}: ${name}) keeps changing, diffing without lock`;
      await invocation.err(klogLine(invocation, "W", "diff.go:723", text));
    }
    try {
      return { live, merged: await mergedOf(invocation, target, live, !last) };
    } catch (error) {
      if (last || !isApiError(error, "Conflict")) throw error;
    }
  }
}

/** What the server would make of it, by a dry run of what `apply` sends. */
async function mergedOf(
  invocation: Invocation,
  target: Target,
  live: KubeObject | undefined,
  locked: boolean,
): Promise<KubeObject> {
  const rest = await invocation.rest();
  const { flags } = invocation;
  const { resource, namespace, name } = target;
  const wanted = target.object as KubeObject;
  const path = pathOf(resource, namespace, name);
  if (flags.bool("server-side")) {
    const manager = flags.changed("field-manager") ? flags.string("field-manager") : "kubectl";
    return rest.json("PATCH", path, {
      query: { dryRun: "All", fieldManager: manager, force: flags.bool("force-conflicts") },
      body: wanted,
      contentType: "application/apply-patch+yaml",
    });
  }
  const query = { dryRun: "All", fieldManager: flags.string("field-manager") };
  if (live === undefined) return rest.json("POST", pathOf(resource, namespace), { query, body: wanted });
  const original = lastApplied(live) ?? {};
  const modified = withoutLastApplied(wanted);
  const strategic = hasGoType(resource.group);
  const patch = strategic
    ? threeWayStrategicPatch(resource.kind, original, modified, live)
    : threeWayMergePatch(original, modified, live);
  if (Object.keys(patch).length === 0) return live;
  const body = locked ? withVersion(patch, textAt(live, "metadata", "resourceVersion")) : patch;
  return rest.json("PATCH", path, {
    query,
    body,
    contentType: strategic ? "application/strategic-merge-patch+json" : "application/merge-patch+json",
  });
}

function withVersion(patch: JsonObject, resourceVersion: string): JsonObject {
  const metadata = isObject(patch["metadata"]) ? patch["metadata"] : {};
  return { ...patch, metadata: { ...metadata, resourceVersion } };
}

function fileName({ group, version, kind }: Target["resource"], namespace: string, name: string): string {
  return `${group === "" ? "" : `${group}.`}${version}.${kind}.${namespace}.${name}`;
}

function write(
  invocation: Invocation,
  { resource, namespace, name }: Target,
  versions: Versions,
  directories: { readonly live: string; readonly merged: string },
): void {
  const { files } = invocation.process;
  const keep = invocation.flags.bool("show-managed-fields");
  const clean = (object: KubeObject) => (keep ? object : withoutManagedFields(object));
  const live = versions.live === undefined ? undefined : clean(versions.live);
  const merged = clean(versions.merged);
  const file = fileName(resource, namespace, name);
  if (resource.version === "v1" && resource.kind === "Secret") {
    const hidden = maskSecret(live, merged);
    // A Secret that is not there is a null once it went through the mask.
    files.writeFile(`${directories.live}/${file}`, hidden.live === undefined ? "null\n" : toYaml(hidden.live));
    files.writeFile(`${directories.merged}/${file}`, toYaml(hidden.merged));
    return;
  }
  files.writeFile(`${directories.live}/${file}`, live === undefined ? "" : toYaml(live));
  files.writeFile(`${directories.merged}/${file}`, toYaml(merged));
}

/** Values of Secrets are never shown; only that they differ. */
function maskSecret(live: KubeObject | undefined, merged: KubeObject): Versions {
  const before = live === undefined ? undefined : clone(live);
  const after = clone(merged);
  const dataOf = (object: KubeObject | undefined): JsonObject => {
    const data = object?.["data"];
    return isObject(data) ? data : {};
  };
  const [from, to] = [dataOf(before), dataOf(after)];
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const differs = key in from && key in to && from[key] !== to[key];
    if (key in from) from[key] = differs ? "*** (before)" : "***";
    if (key in to) to[key] = differs ? "*** (after)" : "***";
  }
  return { live: before, merged: after };
}

/** The diff program's exit code: 0 or 1; anything else is an error of ours with code 2. */
async function runProgram({ process }: Invocation, live: string, merged: string): Promise<number> {
  const [name = "diff", ...words] = (process.env.get("KUBECTL_EXTERNAL_DIFF") || "diff -u -N").split(" ");
  const argv = [name, ...words.filter((word) => /^[a-zA-Z0-9-=]+$/.test(word)), live, merged];
  try {
    const { code } = await process.spawn({ argv }).exited;
    if (code <= 1) return code;
    throw new CommandError(`failed to run ${JSON.stringify(name)}: exit status ${code}`);
  } catch (error) {
    if (!isErrno(error)) throw error;
    const why = error.code === "ENOENT" ? "executable file not found in $PATH" : "permission denied";
    throw new CommandError(`failed to run ${JSON.stringify(name)}: ${why}`);
  }
}

export const DIFF: Command = {
  name: "diff",
  short: "Diff the live version against a would-be applied version",
  arguments: "-f FILENAME",
  examples: ["kubectl diff -f web.yaml", 'KUBECTL_EXTERNAL_DIFF="diff -N -u" kubectl diff -f web.yaml'],
  errorExitCode: 2,
  flags: [
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    fieldManagerFlag(MANAGER),
    {
      name: "concurrency",
      type: "int",
      default: "1",
      usage: "Accepted; objects are compared one after the other here",
    },
    { name: "force-conflicts", type: "bool", default: "false", usage: "Take over fields of other managers" },
    { name: "prune", type: "bool", default: "false", usage: "Also show what apply --prune would delete" },
    { name: "prune-allowlist", type: "array", usage: "Kinds that are pruned, as group/version/kind" },
    { name: "server-side", type: "bool", default: "false", usage: "Let the server merge" },
    { name: "show-managed-fields", type: "bool", default: "false", usage: "Also compare managedFields" },
  ],
  run: diff,
};
