/** kubectl config (k8s.io/kubectl/pkg/cmd/config). */

import type { Command } from "../command.ts";
import { CommandError, throwAll } from "../errors.ts";
import { OUTPUT_FLAGS } from "../flags/common.ts";
import type { FlagDefinition } from "../flags/parse.ts";
import { helpFor } from "../help.ts";
import type { Invocation } from "../invocation.ts";
import { changeConfig, defaultConfigPath, type KubeConfig } from "../kubeconfig/index.ts";
import { textAt } from "../object.ts";
import { TABLE_TABS, TabWriter } from "../printers/tabwriter.ts";
import {
  CLUSTER_FLAGS,
  checkCluster,
  checkUser,
  checkUserPairs,
  USER_FLAGS,
  withClusterFlags,
  withUserFlags,
} from "./config-entries.ts";
import { entryName, originOf, parseProperty, refuseArguments, setProperty, unsetProperty } from "./config-property.ts";
import { view } from "./config-view.ts";

const change = ({ process, flags }: Invocation, origin: string, edit: (config: KubeConfig) => void): void =>
  changeConfig(process, flags, origin, edit);

/** What is there before a change, and what is shown of it. */
const configOf = (invocation: Invocation): KubeConfig => invocation.startingConfig;

async function getContexts(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const config = configOf(invocation);
  const output = flags.string("output");
  if (output !== "" && output !== "name")
    throw new CommandError(
      `--output ${output} is not available in kubectl config get-contexts; resetting to default output format`,
    );
  const names =
    args.length === 0 ? [...config.contexts.keys()].sort() : args.filter((name) => config.contexts.has(name));
  const missing = args.filter((name) => !config.contexts.has(name));
  const writer = new TabWriter(TABLE_TABS);
  if (output === "name") await invocation.out(names.map((name) => `${name}\n`).join(""));
  else {
    if (!flags.bool("no-headers")) writer.write("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    for (const name of names) {
      const context = config.contexts.get(name);
      writer.write(
        `${name === config.currentContext ? "*" : ""}\t${name}\t${textAt(context, "cluster")}\t${textAt(context, "user")}\t${textAt(context, "namespace")}\n`,
      );
    }
    await invocation.out(writer.flush());
  }
  throwAll(missing.map((name) => new CommandError(`context ${name} not found`)));
}

async function currentContext(invocation: Invocation): Promise<void> {
  const { currentContext: name } = configOf(invocation);
  if (name === "") throw new CommandError("current-context is not set");
  await invocation.out(`${name}\n`);
}

async function useContext(invocation: Invocation): Promise<void> {
  const [name] = invocation.args;
  if (name === undefined || invocation.args.length !== 1) return refuseArguments(invocation);
  if (!configOf(invocation).contexts.has(name)) throw new CommandError(`no context exists with the name: "${name}"`);
  change(invocation, "current-context", (config) => {
    config.currentContext = name;
  });
  await invocation.out(`Switched to context "${name}".\n`);
}

async function setContext(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  const config = configOf(invocation);
  if (args.length > 1) return refuseArguments(invocation);
  const name = flags.bool("current") ? config.currentContext : (args[0] ?? "");
  if (flags.bool("current") && args.length > 0)
    throw new CommandError("you cannot specify both a context name and --current");
  if (name === "")
    throw new CommandError(
      flags.bool("current") ? "no current context is set" : "you must specify a non-empty context name or --current",
    );
  const existed = config.contexts.has(name);
  change(invocation, `contexts/${name}`, (file) => {
    const context = { ...file.contexts.get(name) };
    for (const field of ["cluster", "namespace", "user"])
      if (flags.changed(field)) context[field] = flags.string(field);
    file.contexts.set(name, context);
  });
  await invocation.out(`Context "${name}" ${existed ? "modified" : "created"}.\n`);
}

function remover(section: "clusters" | "users" | "contexts", what: string) {
  return async (invocation: Invocation): Promise<void> => {
    const [name] = invocation.args;
    if (name === undefined || invocation.args.length !== 1) {
      if (section === "users") throw invocation.usageError("user to delete is required");
      // Upstream shows the help and is content.
      return invocation.out(helpFor(invocation.command, invocation.path, invocation.command.flags ?? []));
    }
    const config = configOf(invocation);
    // Upstream names the file that changes go to, whichever the entry is in.
    const path = defaultConfigPath(invocation.process, invocation.flags);
    if (!config[section].has(name)) throw new CommandError(`cannot delete ${what} ${name}, not in ${path}`);
    if (section === "contexts" && config.currentContext === name) {
      await invocation.err(
        'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
      );
    }
    change(invocation, `${section}/${name}`, (file) => {
      file[section].delete(name);
    });
    await invocation.out(`deleted ${what} ${name} from ${path}\n`);
  };
}

async function setValue(invocation: Invocation): Promise<void> {
  const [name, value] = invocation.args;
  if (name === undefined || value === undefined || invocation.args.length !== 2) return refuseArguments(invocation);
  const property = parseProperty(name);
  change(invocation, originOf(property), (file) =>
    setProperty(file, property, value, invocation.flags.bool("set-raw-bytes")),
  );
  await invocation.out(`Property "${name}" set.\n`);
}

async function unsetValue(invocation: Invocation): Promise<void> {
  const [name] = invocation.args;
  if (name === undefined || invocation.args.length !== 1) return refuseArguments(invocation);
  const property = parseProperty(name);
  change(invocation, originOf(property), (file) => unsetProperty(file, property));
  await invocation.out(`Property "${name}" unset.\n`);
}

async function renameContext(invocation: Invocation): Promise<void> {
  const [from, to] = invocation.args;
  if (from === undefined || to === undefined || invocation.args.length !== 2) return refuseArguments(invocation);
  const config = configOf(invocation);
  if (!config.contexts.has(from))
    throw new CommandError(
      `cannot rename the context "${from}", it's not in ${defaultConfigPath(invocation.process, invocation.flags)}`,
    );
  if (config.contexts.has(to))
    throw new CommandError(
      `cannot rename the context "${from}", the context "${to}" already exists in ${defaultConfigPath(invocation.process, invocation.flags)}`,
    );
  change(invocation, `contexts/${from}`, (file) => {
    const context = file.contexts.get(from);
    file.contexts.delete(from);
    if (context !== undefined) file.contexts.set(to, context);
    if (file.currentContext === from) file.currentContext = to;
  });
  await invocation.out(`Context "${from}" renamed to "${to}".\n`);
}

function names(section: "clusters" | "users") {
  return async (invocation: Invocation): Promise<void> => {
    await invocation.out(
      `NAME\n${[...configOf(invocation)[section].keys()]
        .sort()
        .map((name) => `${name}\n`)
        .join("")}`,
    );
  };
}

const text = (name: string, usage: string): FlagDefinition => ({ name, type: "string", usage });

export const CONFIG: Command = {
  name: "config",
  short: "Modify kubeconfig files",
  subcommands: [
    { name: "current-context", short: "Display the current-context", run: currentContext },
    {
      name: "delete-cluster",
      short: "Delete the specified cluster from the kubeconfig",
      arguments: "NAME",
      completes: "cluster",
      run: remover("clusters", "cluster"),
    },
    {
      name: "delete-context",
      short: "Delete the specified context from the kubeconfig",
      arguments: "NAME",
      completes: "context",
      run: remover("contexts", "context"),
    },
    {
      name: "delete-user",
      short: "Delete the specified user from the kubeconfig",
      arguments: "NAME",
      completes: "user",
      run: remover("users", "user"),
    },
    { name: "get-clusters", short: "Display clusters defined in the kubeconfig", run: names("clusters") },
    {
      name: "get-contexts",
      short: "Describe one or many contexts",
      flags: [
        { name: "no-headers", type: "bool", default: "false", usage: "No header line" },
        { name: "output", shorthand: "o", type: "string", usage: "name, for short output" },
      ],
      run: getContexts,
    },
    { name: "get-users", short: "Display users defined in the kubeconfig", run: names("users") },
    {
      name: "rename-context",
      short: "Rename a context from the kubeconfig file",
      arguments: "CONTEXT_NAME NEW_NAME",
      completes: "context",
      run: renameContext,
    },
    {
      name: "set",
      short: "Set an individual value in a kubeconfig file",
      arguments: "PROPERTY_NAME PROPERTY_VALUE",
      examples: ["kubectl config set contexts.course.namespace shop"],
      flags: [
        {
          name: "set-raw-bytes",
          type: "tristate",
          default: "false",
          bare: "true",
          usage: "Bytes are given as they are",
        },
      ],
      run: setValue,
    },
    {
      name: "unset",
      short: "Unset an individual value in a kubeconfig file",
      arguments: "PROPERTY_NAME",
      run: unsetValue,
    },
    {
      name: "set-cluster",
      short: "Set a cluster entry in kubeconfig",
      arguments: "NAME [--server=server]",
      flags: CLUSTER_FLAGS,
      run: async (invocation) => {
        const name = await entryName(invocation);
        checkCluster(invocation);
        change(invocation, `clusters/${name}`, (file) => {
          file.clusters.set(name, withClusterFlags(invocation, file.clusters.get(name) ?? {}));
        });
        await invocation.out(`Cluster "${name}" set.\n`);
      },
    },
    {
      name: "set-context",
      short: "Set a context entry in kubeconfig",
      arguments: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
      flags: [
        { name: "current", type: "bool", default: "false", usage: "The context in use" },
        text("cluster", "Cluster of the context"),
        text("user", "User of the context"),
        text("namespace", "Namespace of the context"),
      ],
      completes: "context",
      run: setContext,
    },
    {
      name: "set-credentials",
      short: "Set a user entry in kubeconfig",
      arguments: "NAME [--token=bearer_token] [--username=basic_user]",
      flags: USER_FLAGS,
      run: async (invocation) => {
        const name = await entryName(invocation);
        await checkUserPairs(invocation);
        checkUser(invocation);
        change(invocation, `users/${name}`, (file) => {
          file.users.set(name, withUserFlags(invocation, file.users.get(name) ?? {}));
        });
        await invocation.out(`User "${name}" set.\n`);
      },
    },
    {
      name: "use-context",
      aliases: ["use"],
      short: "Set the current-context in a kubeconfig file",
      arguments: "CONTEXT_NAME",
      completes: "context",
      run: useContext,
    },
    {
      name: "view",
      short: "Display merged kubeconfig settings or a specified kubeconfig file",
      flags: [
        ...OUTPUT_FLAGS.map((flag) => (flag.name === "output" ? { ...flag, default: "yaml" } : flag)),
        { name: "flatten", type: "bool", default: "false", usage: "With all data inline" },
        { name: "merge", type: "bool", default: "true", usage: "Accepted" },
        { name: "minify", type: "bool", default: "false", usage: "Only what the current context uses" },
        { name: "raw", type: "bool", default: "false", usage: "With secrets" },
      ],
      run: view,
    },
  ],
};
