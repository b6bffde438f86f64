/** kubectl set env (k8s.io/kubectl/pkg/cmd/set/set_env.go and env/). */
import type { Command } from "../../command.ts";
import { CommandError, throwAll } from "../../errors.ts";
import { SELECTOR_FLAG } from "../../flags/common.ts";
import { dryRunOf, type Invocation } from "../../invocation.ts";
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  type KubeObject,
  listAt,
  nameOf,
  objectAt,
  textAt,
} from "../../object.ts";
import { printerFor } from "../../printers/output.ts";
import { build, fetchAll } from "../../resources/builder.ts";
import { referenceText, resolveReference } from "./env-references.ts";
import { changeAll, podSpecOf, refuseLocalOnServer, SET_FLAGS, selectContainers, selectTargets } from "./template.ts";

/** SplitEnvironmentFromResources. */
function split(args: readonly string[]): { resources: string[]; changes: string[] } {
  const resources: string[] = [];
  const changes: string[] = [];
  for (const arg of args) {
    if (arg.includes("=") || arg.endsWith("-")) changes.push(arg);
    else if (changes.length === 0) resources.push(arg);
    else throw new CommandError(`all resources must be specified before environment changes: ${args.join(" ")}`);
  }
  return { resources, changes };
}

async function readLines(invocation: Invocation): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const chunk = await invocation.process.stdin.read();
    if (chunk === null) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text.split("\n");
}

/** ParseEnv: variables to set, and names to remove. */
async function parseChanges(
  invocation: Invocation,
  words: readonly string[],
): Promise<{ set: JsonObject[]; remove: string[] }> {
  const set: JsonObject[] = [];
  const remove: string[] = [];
  const assign = (word: string) => {
    const equals = word.indexOf("=");
    const [name, value] = [word.slice(0, equals), word.slice(equals + 1)];
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) {
      throw new CommandError(
        `"${name}" is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
      );
    }
    set.push({ name, ...(value === "" ? {} : { value }) });
  };
  for (const word of words) {
    if (word === "-") {
      for (const line of await readLines(invocation)) if (line.includes("=") && !line.startsWith("#")) assign(line);
    } else if (word.includes("=")) assign(word);
    else if (word.endsWith("-")) remove.push(word.slice(0, -1));
    else throw new CommandError(`unknown environment variable: ${word}`);
  }
  if (remove.some((name) => set.some((one) => one["name"] === name))) {
    throw new CommandError("can not both modify and remove the same environment variable in the same command");
  }
  return { set, remove };
}

/** Variables for the keys of a ConfigMap or Secret. */
async function fromSource(invocation: Invocation, keys: readonly string[]): Promise<JsonObject[]> {
  const selection = await build(invocation, {
    args: [invocation.flags.string("from")],
    all: invocation.flags.bool("all"),
    noFiles: true,
  });
  const { targets, errors } = await fetchAll(invocation, selection);
  throwAll(errors);
  const found = targets.flatMap(({ object }) => {
    const kind = textAt(object, "kind");
    if (kind !== "Secret" && kind !== "ConfigMap") throw new CommandError("unsupported resource specified in --from");
    const field = kind === "Secret" ? "secretKeyRef" : "configMapKeyRef";
    return Object.keys(objectAt(object, "data"))
      .filter((key) => keys.length === 0 || keys.includes(key))
      .sort()
      .map((key) => ({
        key,
        variable: {
          name: key.replace(/[^a-zA-Z0-9_]/g, "_").toUpperCase(),
          valueFrom: { [field]: { name: nameOf(object), key } },
        },
      }));
  });
  for (const { key, variable } of found)
    if (key !== variable.name) await invocation.err(`Warning: key ${key} transferred to ${variable.name}\n`);
  return found.map(({ variable }) => variable);
}

/** updateEnv: existing ones in their place, new ones at the end. */
function update(existing: readonly Json[], set: readonly JsonObject[], remove: readonly string[]): Json[] {
  const covered = new Set(remove);
  const out: Json[] = [];
  for (const one of existing) {
    const name = textAt(one, "name");
    if (covered.has(name)) continue;
    const newer = set.find((other) => other["name"] === name);
    if (newer !== undefined) covered.add(name);
    out.push(newer ?? one);
  }
  for (const one of set) {
    const name = textAt(one, "name");
    if (!covered.has(name)) out.push(one);
    covered.add(name);
  }
  return out;
}

async function listOne(invocation: Invocation, object: KubeObject, container: JsonObject): Promise<boolean> {
  await invocation.out(`# ${textAt(object, "kind")} ${nameOf(object)}, container ${textAt(container, "name")}\n`);
  const failed = new Map<string, string[]>();
  for (const one of listAt(container, "env")) {
    const name = textAt(one, "name");
    const reference = at(one, "valueFrom");
    if (!isObject(reference)) {
      await invocation.out(`${name}=${textAt(one, "value")}\n`);
      continue;
    }
    if (invocation.flags.bool("resolve")) {
      try {
        await invocation.out(`${name}=${await resolveReference(invocation, reference, object, container)}\n`);
        continue;
      } catch (error) {
        const message = (error as Error).message;
        failed.set(message, [...(failed.get(message) ?? []), name]);
      }
    }
    await invocation.out(`# ${name} from ${referenceText(reference)}\n`);
  }
  for (const [message, names] of failed) {
    await invocation.err(`error retrieving reference for ${names.sort().join(", ")}: ${message}\n`);
  }
  return failed.size === 0;
}

async function setEnv(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  if (flags.bool("all") && flags.string("selector") !== "")
    throw new CommandError("cannot set --all and --selector at the same time");
  const { resources, changes } = split(invocation.args);
  dryRunOf(invocation);
  printerFor(invocation);
  invocation.checkAccess();
  invocation.checkNamespace();
  refuseLocalOnServer(invocation);
  if (flags.list("filename").length === 0 && resources.length === 0)
    throw new CommandError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  const listing = flags.bool("list");
  if (listing && flags.string("output") !== "")
    throw new CommandError("--list and --output may not be specified together");
  const keys = flags.list("keys");
  if (keys.length > 0 && flags.string("from") === "")
    throw new CommandError("when specifying --keys, a configmap or secret must be provided with --from");
  const { set, remove } = await parseChanges(invocation, [...flags.list("env"), ...changes]);
  if (flags.string("from") !== "") set.push(...(await fromSource(invocation, keys)));
  for (const one of set) one["name"] = `${flags.string("prefix")}${textAt(one, "name")}`;
  const { targets, errors } = await selectTargets(
    invocation,
    flags.bool("local") ? [] : resources,
    flags.string("selector"),
  );
  throwAll(errors);
  const pattern = flags.string("containers");
  const mutate = async (object: KubeObject): Promise<void> => {
    const spec = podSpecOf(object);
    const containers = ["containers", "initContainers"].flatMap((field) => selectContainers(spec, field, pattern));
    if (containers.length === 0) {
      await invocation.err(
        `Warning: ${textAt(object, "kind")}/${nameOf(object)} does not have any containers matching "${pattern}"\n`,
      );
    }
    let resolved = true;
    for (const container of containers) {
      if (!flags.bool("overwrite")) {
        for (const one of listAt(container, "env")) {
          if (set.some((other) => other["name"] === textAt(one, "name"))) {
            throw new CommandError(
              `'${textAt(one, "name")}' already has a value (${textAt(one, "value")}), and --overwrite is false`,
            );
          }
        }
      }
      const env = update(listAt(container, "env"), set, remove);
      if (env.length > 0) container["env"] = env;
      else delete container["env"];
      if (listing) resolved = (await listOne(invocation, object, container)) && resolved;
    }
    if (!resolved) throw new CommandError("failed to retrieve valueFrom references");
  };
  if (listing) {
    // What went wrong with single objects is not told when listing.
    for (const { object } of targets) await Promise.resolve(mutate(structuredClone(object))).catch(() => undefined);
    return;
  }
  await changeAll(invocation, targets, [], {
    operation: "env updated",
    failure: "failed to patch env update to pod template:",
    mutate,
    afterPatch: () => {
      if (set.length === 0 && changes.length === 0)
        throw new CommandError("at least one environment variable must be provided");
    },
  });
}

export const SET_ENV: Command = {
  name: "env",
  short: "Update environment variables on a pod template",
  arguments: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
  examples: ["kubectl set env statefulset/web MODE=debug", "kubectl set env statefulset/web --list"],
  flags: [
    ...SET_FLAGS.filter((flag) => flag.name !== "record"),
    SELECTOR_FLAG,
    { name: "containers", shorthand: "c", type: "string", default: "*", usage: "Names of containers; may have *" },
    { name: "env", shorthand: "e", type: "array", usage: "name=value, or name- to remove" },
    { name: "from", type: "string", usage: "A ConfigMap or Secret to take variables from" },
    { name: "keys", type: "strings", usage: "Only these keys of --from" },
    { name: "list", type: "bool", default: "false", usage: "Show the environment" },
    { name: "overwrite", type: "bool", default: "true", usage: "Replace variables that are there" },
    { name: "prefix", type: "string", usage: "Put before the names" },
    { name: "resolve", type: "bool", default: "false", usage: "Show what references stand for, with --list" },
  ],
  run: setEnv,
};
