/** kubectl autoscale (k8s.io/kubectl/pkg/cmd/autoscale). */
import { apiVersion, pathOf } from "../client/discovery.ts";
import type { Command } from "../command.ts";
import { CommandError, throwAll } from "../errors.ts";
import {
  DRY_RUN_FLAG,
  FILE_FLAGS,
  fieldManagerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SAVE_CONFIG_FLAG,
} from "../flags/common.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, type Invocation } from "../invocation.ts";
import type { KubeObject } from "../object.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, fetchNamed, type Target } from "../resources/builder.ts";
import { withNamespace } from "./create/generate.ts";
import { withGeneratedConfiguration } from "./last-applied.ts";
import { recordChange } from "./record.ts";

function autoscalerFor(invocation: Invocation, { resource, name }: Target): KubeObject {
  const { flags } = invocation;
  const minimum = flags.number("min");
  const cpu = flags.number("cpu-percent");
  const target = { type: "Utilization", averageUtilization: cpu };
  return {
    kind: "HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v2",
    metadata: { name: flags.string("name") || name, creationTimestamp: null },
    spec: {
      scaleTargetRef: { kind: resource.kind, name, apiVersion: apiVersion(resource) },
      ...(minimum > 0 ? { minReplicas: minimum } : {}),
      maxReplicas: flags.number("max"),
      ...(cpu >= 0 ? { metrics: [{ type: "Resource", resource: { name: "cpu", target } }] } : {}),
    },
    status: { desiredReplicas: 0, currentMetrics: null },
  };
}

async function autoscale(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  invocation.checkAccess();
  invocation.checkNamespace();
  const [minimum, maximum] = [flags.number("min"), flags.number("max")];
  if (maximum < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${maximum}`);
  if (maximum < minimum) {
    throw new CommandError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${maximum}, min: ${minimum}`);
  }
  const selection = await build(invocation, { args: invocation.args });
  const { targets, errors } = await fetchNamed(invocation, selection);
  const kind = await invocation.lookUp((map) => map.forObject("HorizontalPodAutoscaler", "autoscaling/v2"));
  for (const target of targets) {
    try {
      const { resource } = target;
      if (!resource.subresources.includes("scale")) {
        const version = resource.group === "" ? `/${resource.version}` : apiVersion(resource);
        throw new CommandError(
          `cannot autoscale a ${resource.kind}: could not find scale subresource for ${version}, Resource=${resource.name} in discovery information`,
        );
      }
      let autoscaler = autoscalerFor(invocation, target);
      const printer = printerFor(invocation);
      recordChange(invocation, autoscaler);
      if (dryRun !== "client" && flags.bool("save-config")) autoscaler = withGeneratedConfiguration(autoscaler);
      if (dryRun === "client") {
        await printResult(invocation, autoscaler, `created${dryRunSuffix(dryRun)}`, printer, true);
        continue;
      }
      const made = await (await invocation.rest()).json("POST", pathOf(kind, target.namespace), {
        body: withNamespace(autoscaler, target.namespace),
        query: { fieldManager: flags.string("field-manager"), ...dryRunQuery(dryRun) },
      });
      await printResult(invocation, made, `autoscaled${dryRunSuffix(dryRun)}`, printer, true);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

export const AUTOSCALE: Command = {
  name: "autoscale",
  short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
  arguments: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]",
  examples: ["kubectl autoscale deployment web --min=2 --max=10 --cpu-percent=80"],
  completes: { types: ["deployment", "replicaset", "replicationcontroller", "statefulset"], several: true },
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    fieldManagerFlag("kubectl-autoscale"),
    { name: "cpu-percent", type: "int32", default: "-1", usage: "Target use of CPU in percent of what is requested" },
    { name: "max", type: "int32", default: "-1", required: true, usage: "The most Pods" },
    { name: "min", type: "int32", default: "-1", usage: "The fewest Pods" },
    { name: "name", type: "string", usage: "Name of the autoscaler; the object's where absent" },
  ],
  run: autoscale,
};
