/** kubectl version, api-resources, api-versions, cluster-info, options. */

import { toYaml } from "../../encoding/index.ts";
import { apiVersion, groupResource } from "../client/discovery.ts";
import { CLIENT_VERSION } from "../client/version.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import { GLOBAL_FLAGS } from "../flags/common.ts";
import { flagText } from "../help.ts";
import type { Invocation } from "../invocation.ts";
import { type JsonObject, listAt, nameOf, textAt } from "../object.ts";
import { prettyJson } from "../printers/json.ts";
import { TABLE_TABS, TabWriter } from "../printers/tabwriter.ts";
import { DUMP } from "./cluster-dump.ts";

const KUSTOMIZE = "v5.6.0";

async function version(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  if (invocation.args.length > 0) throw new CommandError(`extra arguments: [${invocation.args.join(" ")}]`);
  const output = flags.string("output");
  if (output !== "" && output !== "json" && output !== "yaml")
    throw new CommandError("--output must be 'yaml' or 'json'");
  if (flags.global("match-server-version") === "true") await invocation.rest();
  let server: JsonObject | undefined;
  let failure: unknown;
  if (!flags.bool("client")) {
    try {
      server = await (await invocation.rest()).discovery("/version");
    } catch (error) {
      failure = error;
    }
  }
  const document: JsonObject = {
    clientVersion: CLIENT_VERSION,
    kustomizeVersion: KUSTOMIZE,
    ...(server === undefined ? {} : { serverVersion: server }),
  };
  if (output === "json")
    await invocation.out(prettyJson(document, true).replace(/^ +/gm, (spaces) => spaces.replaceAll("    ", "  ")));
  else if (output === "yaml") await invocation.out(`${toYaml(document)}\n`);
  else {
    await invocation.out(`Client Version: ${textAt(CLIENT_VERSION, "gitVersion")}\nKustomize Version: ${KUSTOMIZE}\n`);
    if (server !== undefined) await invocation.out(`Server Version: ${textAt(server, "gitVersion")}\n`);
  }
  if (failure !== undefined) throw failure;
  if (server !== undefined) {
    const minor = Number.parseInt(textAt(server, "minor"), 10);
    const own = Number(CLIENT_VERSION["minor"]);
    if (Math.abs(minor - own) > 1) {
      await invocation.err(
        `WARNING: version difference between client (1.${own}) and server (1.${minor}) exceeds the supported minor version skew of +/-1\n`,
      );
    }
  }
}

async function apiResources(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  if (invocation.args.length > 0) throw invocation.usageError(`unexpected arguments: [${invocation.args.join(" ")}]`);
  const output = flags.string("output");
  if (!["", "wide", "name"].includes(output)) throw new CommandError(`--output ${output} is not available`);
  const sort = flags.string("sort-by");
  if (!["", "name", "kind"].includes(sort)) throw new CommandError(`--sort-by accepts only name or kind`);
  const verbs = flags.list("verbs");
  const categories = flags.list("categories");
  const found = flags.bool("cached") ? await invocation.resources() : await invocation.refreshResources();
  const all = found.resources.filter(
    (one) =>
      one.verbs.length > 0 &&
      (!flags.changed("api-group") || one.group === flags.string("api-group")) &&
      (!flags.changed("namespaced") || one.namespaced === flags.bool("namespaced")) &&
      verbs.every((verb) => one.verbs.includes(verb)) &&
      categories.every((category) => one.categories.includes(category)),
  );
  // Only the preferred version of each resource, groups by name.
  const seen = new Set<string>();
  const preferred = all.filter((one) => !seen.has(groupResource(one)) && seen.add(groupResource(one)));
  const order = (a: (typeof preferred)[number], b: (typeof preferred)[number]): number => {
    const key = (one: typeof a) =>
      sort === "kind" ? one.kind : sort === "name" ? one.name : `${one.group}\0${one.name}`;
    return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
  };
  preferred.sort(order);
  const writer = new TabWriter(TABLE_TABS);
  const wide = output === "wide";
  if (output === "name") {
    await invocation.out(preferred.map((one) => `${groupResource(one)}\n`).join(""));
    return;
  }
  if (!flags.bool("no-headers"))
    writer.write(
      `${["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", ...(wide ? ["VERBS", "CATEGORIES"] : [])].join("\t")}\n`,
    );
  for (const one of preferred) {
    const cells = [one.name, one.shortNames.join(","), apiVersion(one), String(one.namespaced), one.kind];
    writer.write(`${[...cells, ...(wide ? [one.verbs.join(","), one.categories.join(",")] : [])].join("\t")}\n`);
  }
  await invocation.out(writer.flush());
}

async function apiVersions(invocation: Invocation): Promise<void> {
  if (invocation.args.length > 0) throw invocation.usageError(`unexpected arguments: [${invocation.args.join(" ")}]`);
  const found = (await invocation.refreshResources()).resources.map(apiVersion);
  await invocation.out(
    [...new Set(found)]
      .sort()
      .map((one) => `${one}\n`)
      .join(""),
  );
}

const GREEN = (text: string): string => `\u001b[0;32m${text}\u001b[0m`;
const YELLOW = (text: string): string => `\u001b[0;33m${text}\u001b[0m`;

async function clusterInfo(invocation: Invocation): Promise<void> {
  const rest = await invocation.rest();
  const colours = invocation.process.isTerminal(1);
  const line = (name: string, link: string) =>
    invocation.out(`${colours ? GREEN(name) : name} is running at ${colours ? YELLOW(link) : link}\n`);
  const namespace = invocation.flags.global("namespace") || "kube-system";
  const services = await rest.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}/services`, {
    labelSelector: "kubernetes.io/cluster-service=true",
  });
  const server = invocation.context.access.server;
  await line("Kubernetes control plane", server);
  for (const service of listAt(services, "items")) {
    const object = service as JsonObject;
    const name = textAt(object, "metadata", "labels", "kubernetes.io/name") || nameOf(object);
    const port = textAt(listAt(object, "spec", "ports")[0], "name");
    await line(
      name,
      `${server}/api/v1/namespaces/${textAt(object, "metadata", "namespace")}/services/${nameOf(object)}${port === "" ? "" : `:${port}`}/proxy`,
    );
  }
  await invocation.out(`\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`);
}

export const VERSION: Command = {
  name: "version",
  short: "Print the client and server version information",
  flags: [
    { name: "client", type: "bool", default: "false", usage: "Without asking the server" },
    { name: "output", shorthand: "o", type: "string", usage: "yaml or json" },
  ],
  run: version,
};
export const API_RESOURCES: Command = {
  name: "api-resources",
  short: "Print the supported API resources on the server",
  flags: [
    { name: "api-group", type: "string", usage: "Only this group" },
    { name: "cached", type: "bool", default: "false", usage: "Use the cached list of resources if available." },
    { name: "categories", type: "strings", usage: "Only these categories" },
    { name: "namespaced", type: "bool", default: "true", usage: "Only namespaced (or not)" },
    { name: "no-headers", type: "bool", default: "false", usage: "No header line" },
    { name: "output", shorthand: "o", type: "string", usage: "wide or name" },
    { name: "sort-by", type: "string", usage: "name or kind" },
    { name: "verbs", type: "strings", usage: "Only what supports these verbs" },
  ],
  run: apiResources,
};
export const API_VERSIONS: Command = {
  name: "api-versions",
  short: `Print the supported API versions on the server, in the form of "group/version"`,
  run: apiVersions,
};
export const CLUSTER_INFO: Command = {
  name: "cluster-info",
  short: "Display cluster information",
  subcommands: [DUMP],
  run: clusterInfo,
};
export const OPTIONS: Command = {
  name: "options",
  short: "Print the list of flags inherited by all commands",
  run: (invocation) =>
    invocation.out(
      `The following options can be passed to any command:\n\n${GLOBAL_FLAGS.map((flag) => flagText(flag, invocation.process.env.get("HOME") ?? "/root")).join("\n")}\n`,
    ),
};
