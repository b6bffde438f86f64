/** What all generators of `kubectl create` share: flags, names, sending and printing. */
import { pathOf } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { CommandError } from "../../errors.ts";
import { DRY_RUN_FLAG, fieldManagerFlag, OUTPUT_FLAGS, SAVE_CONFIG_FLAG, VALIDATE_FLAG } from "../../flags/common.ts";
import type { FlagDefinition } from "../../flags/parse.ts";
import { dryRunOf, dryRunQuery, dryRunSuffix, fieldValidation, type Invocation } from "../../invocation.ts";
import { type JsonObject, type KubeObject, textAt } from "../../object.ts";
import { printerFor, printResult } from "../../printers/output.ts";
import { withGeneratedConfiguration } from "../last-applied.ts";

export interface Generator {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly short: string;
  readonly arguments: string;
  readonly flags?: readonly FlagDefinition[];
  /** The object, its fields in the order of upstream's structs; the namespace is put in where it has one. */
  generate(invocation: Invocation, name: string): JsonObject | Promise<JsonObject>;
}

/** NameFromCommandArgs. */
export function nameFromArgs(invocation: Invocation): string {
  const count = invocation.dash === -1 ? invocation.args.length : invocation.dash;
  if (count !== 1) throw invocation.usageError(`exactly one NAME is required, got ${count}`);
  return invocation.args[0] ?? "";
}

/** metadata as upstream's structs serialise it. */
export function metadata(name: string, labels?: JsonObject, annotations?: JsonObject): JsonObject {
  return {
    ...(name === "" ? {} : { name }),
    creationTimestamp: null,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

export function withNamespace(object: KubeObject, namespace: string): KubeObject {
  const { name, creationTimestamp, ...rest } = object["metadata"] as JsonObject;
  return {
    ...object,
    metadata: {
      ...(name === undefined ? {} : { name }),
      namespace,
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...rest,
    },
  };
}

/** Sends a generated object and prints the result. */
async function createGenerated(invocation: Invocation, generated: KubeObject): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  const printer = printerFor(invocation);
  const clusterScoped = CLUSTER_SCOPED.has(textAt(generated, "kind"));
  let body = generated;
  // What is not asked for is left to the server.
  if (!clusterScoped && invocation.enforceNamespace) body = withNamespace(generated, invocation.namespace);
  // Of Services upstream forgot it.
  if (flags.bool("save-config") && textAt(generated, "kind") !== "Service") body = withGeneratedConfiguration(body);
  if (dryRun === "client") return printResult(invocation, body, `created${dryRunSuffix(dryRun)}`, printer, true);
  const resource = await invocation.lookUp((map) => map.forObject(textAt(body, "kind"), textAt(body, "apiVersion")));
  const object = await (await invocation.rest())
    .json("POST", pathOf(resource, invocation.namespace), {
      body,
      query: {
        fieldManager: flags.string("field-manager"),
        fieldValidation: fieldValidation(invocation),
        ...dryRunQuery(dryRun),
      },
    })
    .catch((error: unknown) => {
      throw failure(textAt(body, "kind"), error, textAt(body, "spec", "type"));
    });
  return printResult(invocation, object, `created${dryRunSuffix(dryRun)}`, printer, true);
}

const CLUSTER_SCOPED = new Set(["Namespace", "ClusterRole", "ClusterRoleBinding", "PriorityClass"]);
/** How upstream's generators introduce a refusal, by kind. */
const FAILED: Readonly<Record<string, string>> = {
  ConfigMap: "failed to create configmap",
  Secret: "failed to create secret",
  Service: "failed to create Service",
  Deployment: "failed to create deployment",
  ServiceAccount: "failed to create serviceaccount",
  ResourceQuota: "failed to create quota",
  PodDisruptionBudget: "failed to create poddisruptionbudgets",
  ClusterRoleBinding: "failed to create clusterrolebinding",
  RoleBinding: "failed to create rolebinding",
  Job: "failed to create job",
  CronJob: "failed to create cronjob",
  PriorityClass: "failed to create priorityclass",
  Ingress: "failed to create ingress",
};

/** Upstream wraps the error, which turns a status into a plain error with the words in front. */
function failure(kind: string, error: unknown, type: string): unknown {
  const words = kind === "Service" && type !== "" ? `failed to create ${type} service` : FAILED[kind];
  if (words === undefined || !(error instanceof Error)) return error;
  // Of a Secret upstream forgot the colon.
  if (error.name === "ApiError") return new CommandError(`${words}${kind === "Secret" ? "" : ":"} ${error.message}`);
  return error;
}

const COMMON: readonly FlagDefinition[] = [
  ...OUTPUT_FLAGS,
  DRY_RUN_FLAG,
  VALIDATE_FLAG,
  SAVE_CONFIG_FLAG,
  fieldManagerFlag("kubectl-create"),
];

export function generatorCommand(generator: Generator): Command {
  return {
    name: generator.name,
    ...(generator.aliases === undefined ? {} : { aliases: generator.aliases }),
    short: generator.short,
    arguments: generator.arguments,
    flags: [...(generator.flags ?? []), ...COMMON],
    run: async (invocation) => {
      const name = nameFromArgs(invocation);
      invocation.checkAccess();
      invocation.checkNamespace();
      dryRunOf(invocation);
      // That the format is one, and what to check with, shows before what to make is looked at.
      printerFor(invocation);
      fieldValidation(invocation);
      await createGenerated(invocation, await generator.generate(invocation, name));
    },
  };
}

/** "a=b" pairs into a map, each kind of value kept as text. */
export function pairs(values: readonly string[], what: string): JsonObject {
  const out: JsonObject = {};
  for (const value of values) {
    const equals = value.indexOf("=");
    if (equals <= 0) throw new CommandError(`invalid ${what} ${value}, expected key=value`);
    out[value.slice(0, equals)] = value.slice(equals + 1);
  }
  return out;
}
