/** kubectl kustomize (kustomize/kustomize/v5/commands/build). */

import { toYaml } from "../../encoding/index.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { buildKustomization } from "../kustomize/build.ts";
import { shortFileName } from "../kustomize/output.ts";

const REFUSED = [
  "as-current-user",
  "enable-alpha-plugins",
  "enable-helm",
  "env",
  "helm-api-versions",
  "helm-command",
  "helm-debug",
  "helm-kube-version",
  "mount",
  "network",
  "network-name",
];

async function kustomize(invocation: Invocation): Promise<void> {
  const { args, flags, process } = invocation;
  if (args.length > 1) throw new CommandError("specify one path to kustomization.yaml");
  for (const name of REFUSED)
    if (flags.changed(name)) throw new CommandError(`--${name} is not supported here: plugins and charts are not run`);
  const restrictor = flags.string("load-restrictor");
  if (restrictor !== "LoadRestrictionsRootOnly" && restrictor !== "LoadRestrictionsNone")
    throw new CommandError(
      `illegal flag value --load-restrictor ${restrictor}; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]`,
    );
  const objects = await buildKustomization(process, args[0] ?? ".", (line) => invocation.err(`${line}\n`), {
    restricted: restrictor === "LoadRestrictionsRootOnly",
  });
  const output = flags.string("output");
  if (output !== "" && process.files.exists(output) && process.files.stat(output).type === "directory") {
    for (const object of objects) process.files.writeFile(`${output}/${shortFileName(object)}`, toYaml(object));
    return;
  }
  const text = objects.map(toYaml).join("---\n");
  if (output === "") await invocation.out(text);
  else process.files.writeFile(output, text);
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
    { name: "as-current-user", type: "bool", default: "false", usage: "Not supported here" },
    { name: "enable-alpha-plugins", type: "bool", default: "false", usage: "Not supported here" },
    { name: "enable-helm", type: "bool", default: "false", usage: "Not supported here" },
    { name: "env", shorthand: "e", type: "array", usage: "Not supported here" },
    { name: "helm-api-versions", type: "array", usage: "Not supported here" },
    { name: "helm-command", type: "string", default: "helm", usage: "Not supported here" },
    { name: "helm-debug", type: "bool", default: "false", usage: "Not supported here" },
    { name: "helm-kube-version", type: "string", default: "", usage: "Not supported here" },
    { name: "mount", type: "array", usage: "Not supported here" },
    { name: "network", type: "bool", default: "false", usage: "Not supported here" },
    { name: "network-name", type: "string", default: "bridge", usage: "Not supported here" },
  ],
  run: kustomize,
};
