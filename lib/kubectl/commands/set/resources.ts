/** kubectl set resources (k8s.io/kubectl/pkg/cmd/set/set_resources.go). */
import type { Command } from "../../command.ts";
import { CommandError, throwAll } from "../../errors.ts";
import { SELECTOR_FLAG } from "../../flags/common.ts";
import { dryRunOf, type Invocation } from "../../invocation.ts";
import { type JsonObject, objectAt } from "../../object.ts";
import { printerFor } from "../../printers/output.ts";
import { changeAll, podSpecOf, refuseLocalOnServer, SET_FLAGS, selectContainers, selectTargets } from "./template.ts";

const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?$/;

function resourceList(text: string): JsonObject {
  const list: JsonObject = {};
  for (const statement of text === "" ? [] : text.split(",")) {
    const [name = "", value, ...more] = statement.split("=");
    if (value === undefined || more.length > 0)
      throw new CommandError(`Invalid argument syntax ${statement}, expected <resource>=<value>`);
    if (!QUANTITY.test(value)) {
      throw new CommandError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    }
    list[name] = value;
  }
  return list;
}

async function setResources(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  dryRunOf(invocation);
  printerFor(invocation);
  invocation.checkNamespace();
  const { targets, errors } = await selectTargets(invocation, invocation.args, flags.string("selector"));
  throwAll(errors);
  if (flags.bool("all") && flags.string("selector") !== "")
    throw new CommandError("cannot set --all and --selector at the same time");
  if (flags.string("limits") === "" && flags.string("requests") === "")
    throw new CommandError("you must specify an update to requests or limits (in the form of --requests/--limits)");
  refuseLocalOnServer(invocation);
  const wanted = { limits: resourceList(flags.string("limits")), requests: resourceList(flags.string("requests")) };
  const pattern = flags.string("containers");
  const missing: CommandError[] = [];
  await changeAll(invocation, targets, missing, {
    operation: "resource requirements updated",
    failure: "failed to patch resources update to pod template",
    mutate: (object) => {
      const spec = podSpecOf(object);
      const containers = ["containers", "initContainers"].flatMap((field) => selectContainers(spec, field, pattern));
      if (containers.length === 0) missing.push(new CommandError(`unable to find container named ${pattern}`));
      for (const container of containers) {
        const resources = { ...objectAt(container, "resources") };
        for (const field of ["limits", "requests"] as const) {
          if (Object.keys(wanted[field]).length > 0)
            resources[field] = { ...objectAt(resources, field), ...wanted[field] };
        }
        container["resources"] = resources;
      }
    },
  });
}

export const SET_RESOURCES: Command = {
  name: "resources",
  short: "Update resource requests/limits on objects with pod templates",
  arguments: "(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
  examples: ["kubectl set resources statefulset web --limits=cpu=200m,memory=512Mi"],
  flags: [
    ...SET_FLAGS,
    SELECTOR_FLAG,
    { name: "containers", shorthand: "c", type: "string", default: "*", usage: "Names of containers; may have *" },
    { name: "limits", type: "string", usage: "Limits, e.g. cpu=100m,memory=256Mi" },
    { name: "requests", type: "string", usage: "Requests, e.g. cpu=100m,memory=256Mi" },
  ],
  run: setResources,
};
