/**
 * kubectl kustomize (kustomize/kustomize/v5/commands/build). Flags about plugins and charts change nothing by
 * themselves: kustomizations that have such are refused as they are read.
 */

import { toYaml } from "../../encoding/index.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { buildKustomization } from "../kustomize/build.ts";
import { shortFileName } from "../kustomize/output.ts";

async function kustomize(invocation: Invocation): Promise<void> {
  const { args, flags, process } = invocation;
  if (args.length > 1) throw new CommandError("specify one path to kustomization.yaml");
  const restrictor = flags.string("load-restrictor") || "LoadRestrictionsRootOnly";
  if (restrictor !== "LoadRestrictionsRootOnly" && restrictor !== "LoadRestrictionsNone")
    throw new CommandError(
      `illegal flag value --load-restrictor ${restrictor}; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]`,
    );
  const objects = await buildKustomization(process, args[0] ?? ".", (line) => invocation.err(`${line}\n`), {
    restricted: restrictor === "LoadRestrictionsRootOnly",
    charts: flags.bool("enable-helm"),
  });
  const output = flags.string("output");
  if (output !== "" && process.files.exists(output) && process.files.stat(output).type === "directory") {
    for (const object of objects) process.files.writeFile(`${output}/${shortFileName(object)}`, toYaml(object));
    return;
  }
  const text = objects.map(toYaml).join("---\n");
  if (output === "") return invocation.out(text);
  try {
    process.files.writeFile(output, text);
  } catch (error) {
    throw new CommandError(`open ${output}: ${(error as Error).message.toLowerCase()}`);
  }
}

export const KUSTOMIZE: Command = {
  name: "kustomize",
  short: "Build a kustomization target from a directory",
  arguments: "DIR",
  examples: ["kubectl kustomize", "kubectl kustomize overlays/production"],
  flags: [
    {
      name: "load-restrictor",
      type: "string",
      default: "LoadRestrictionsRootOnly",
      usage: "LoadRestrictionsNone: files may come from outside their root",
    },
    { name: "output", shorthand: "o", type: "string", usage: "Write to this file, or into this directory" },
    { name: "as-current-user", type: "bool", default: "false", usage: "Functions run as who runs this" },
    { name: "enable-alpha-plugins", type: "bool", default: "false", usage: "Allow plugins; none are run here" },
    { name: "enable-helm", type: "bool", default: "false", usage: "Allow charts; none are inflated here" },
    { name: "env", shorthand: "e", type: "array", usage: "For functions: variables" },
    { name: "helm-api-versions", type: "array", usage: "For charts: versions of APIs" },
    { name: "helm-command", type: "string", default: "helm", usage: "For charts: the program" },
    { name: "helm-debug", type: "bool", default: "false", usage: "For charts: more output" },
    { name: "helm-kube-version", type: "string", default: "", usage: "For charts: the version of Kubernetes" },
    { name: "mount", type: "array", usage: "For functions: volumes" },
    { name: "network", type: "bool", default: "false", usage: "For functions: the network" },
    { name: "network-name", type: "string", default: "bridge", usage: "For functions: a network by name" },
  ],
  run: kustomize,
};
