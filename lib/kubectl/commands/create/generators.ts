/** The generators of `kubectl create`, one table. */

import { tryParseQuantity } from "../../../encoding/index.ts";
import { pathOf } from "../../client/discovery.ts";
import type { Command } from "../../command.ts";
import { CommandError } from "../../errors.ts";
import { type JsonObject, objectAt, textAt } from "../../object.ts";
import { parseLabelSelector } from "../selectors.ts";
import { dataGenerators, secretGenerators } from "./data.ts";
import { type Generator, generatorCommand, metadata, pairs } from "./generate.ts";
import { ingress } from "./ingress.ts";
import { RBAC_GENERATORS } from "./rbac.ts";
import { serviceGenerators } from "./services.ts";
import { TOKEN } from "./token.ts";

const containers = (images: readonly string[], command: readonly string[]): JsonObject[] =>
  images.map((image) => ({
    name: containerName(image),
    image,
    ...(command.length === 0 ? {} : { command: [...command] }),
    resources: {},
  }));

/** The last part of an image's name without tag or digest. */
function containerName(image: string): string {
  const last = image.slice(image.lastIndexOf("/") + 1);
  return (last.split(/[:@]/)[0] ?? "").toLowerCase().replaceAll("_", "-");
}

const deployment: Generator = {
  name: "deployment",
  aliases: ["deploy"],
  short: "Create a deployment with the specified name",
  arguments: "NAME --image=image -- [COMMAND] [args...]",
  flags: [
    { name: "image", type: "strings", required: true, usage: "Image to run; several make several containers" },
    { name: "replicas", shorthand: "r", type: "int32", default: "1", usage: "Number of Pods" },
    { name: "port", type: "int32", default: "-1", usage: "Port the container listens on" },
  ],
  generate({ flags, args, dash }, name) {
    const images = flags.list("image");
    const command = dash === -1 ? [] : args.slice(dash);
    if (images.length > 1 && command.length > 0)
      throw new CommandError("cannot specify multiple --image options and command");
    const list = containers(images, command);
    if (flags.number("port") > 0 && list[0] !== undefined) {
      const { resources, ...rest } = list[0];
      list[0] = { ...rest, ports: [{ containerPort: flags.number("port") }], resources: resources ?? {} };
    }
    return {
      kind: "Deployment",
      apiVersion: "apps/v1",
      metadata: metadata(name, { app: name }),
      spec: {
        replicas: flags.number("replicas"),
        selector: { matchLabels: { app: name } },
        template: { metadata: metadata("", { app: name }), spec: { containers: list } },
        strategy: {},
      },
      status: {},
    };
  },
};

const job: Generator = {
  name: "job",
  short: "Create a job with the specified name",
  arguments: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
  flags: [
    { name: "image", type: "string", usage: "Image to run" },
    { name: "from", type: "string", usage: "cronjob/NAME to make a job from" },
  ],
  async generate(invocation, name) {
    const { flags, args, dash } = invocation;
    const command = args.slice(1);
    const from = flags.string("from");
    if ((flags.string("image") === "") === (from === ""))
      throw new CommandError("either --image or --from must be specified");
    if (from !== "" && command.length > 0) throw new CommandError("cannot specify --from and command");
    if (from !== "") {
      const [type = "", source = ""] = from.split("/");
      const resource = await invocation.lookUp((map) => map.find(type));
      const cron = await (await invocation.rest()).get(pathOf(resource, invocation.namespace, source));
      if (resource.kind !== "CronJob")
        throw new CommandError(`from must be an existing cronjob, got *v1.${resource.kind}`);
      return {
        kind: "Job",
        apiVersion: "batch/v1",
        metadata: {
          ...metadata(name, objectAt(cron, "spec", "jobTemplate", "metadata", "labels"), {
            "cronjob.kubernetes.io/instantiate": "manual",
            ...objectAt(cron, "spec", "jobTemplate", "metadata", "annotations"),
          }),
          ownerReferences: [
            {
              apiVersion: "batch/v1",
              kind: "CronJob",
              name: source,
              uid: textAt(cron, "metadata", "uid"),
              controller: true,
            },
          ],
        },
        spec: objectAt(cron, "spec", "jobTemplate", "spec"),
        status: {},
      };
    }
    if (command.length > 0 && dash === -1)
      throw new CommandError("exactly one NAME is required, got " + String(args.length));
    return {
      kind: "Job",
      apiVersion: "batch/v1",
      metadata: metadata(name),
      spec: {
        template: {
          metadata: metadata(""),
          spec: {
            containers: [
              { name, image: flags.string("image"), ...(command.length === 0 ? {} : { command }), resources: {} },
            ],
            restartPolicy: "Never",
          },
        },
      },
      status: {},
    };
  },
};

const cronJob: Generator = {
  name: "cronjob",
  aliases: ["cj"],
  short: "Create a cron job with the specified name",
  arguments: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  flags: [
    { name: "image", type: "string", required: true, usage: "Image to run" },
    { name: "schedule", type: "string", required: true, usage: "When to run, in cron's form" },
    { name: "restart", type: "string", usage: "OnFailure or Never" },
  ],
  generate({ flags, args }, name) {
    const command = args.slice(1);
    return {
      kind: "CronJob",
      apiVersion: "batch/v1",
      metadata: metadata(name),
      spec: {
        schedule: flags.string("schedule"),
        jobTemplate: {
          metadata: metadata(name),
          spec: {
            template: {
              metadata: metadata(""),
              spec: {
                containers: [
                  { name, image: flags.string("image"), ...(command.length === 0 ? {} : { command }), resources: {} },
                ],
                restartPolicy: flags.string("restart") || "OnFailure",
              },
            },
          },
        },
      },
      status: {},
    };
  },
};

const namespace: Generator = {
  name: "namespace",
  aliases: ["ns"],
  short: "Create a namespace with the specified name",
  arguments: "NAME",
  generate: (_, name) => ({ kind: "Namespace", apiVersion: "v1", metadata: metadata(name), spec: {}, status: {} }),
};

const quota: Generator = {
  name: "quota",
  aliases: ["resourcequota"],
  short: "Create a quota with the specified name",
  arguments: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]",
  flags: [
    { name: "hard", type: "string", usage: "Limits, as resource=quantity" },
    { name: "scopes", type: "string", usage: "What the quota applies to" },
  ],
  generate({ flags }, name) {
    const hard = flags.string("hard");
    for (const pair of hard === "" ? [] : hard.split(",")) {
      const [resource, quantity, ...more] = pair.split("=");
      if (resource === "" || quantity === undefined || quantity === "" || more.length > 0)
        throw new CommandError(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      if (tryParseQuantity(quantity) === undefined)
        throw new CommandError(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
    }
    const scopes = flags.string("scopes");
    return {
      kind: "ResourceQuota",
      apiVersion: "v1",
      metadata: metadata(name),
      spec: {
        ...(hard === "" ? {} : { hard: pairs(hard.split(","), "argument value") }),
        ...(scopes === "" ? {} : { scopes: scopes.split(",") }),
      },
      status: {},
    };
  },
};

const budget: Generator = {
  name: "poddisruptionbudget",
  aliases: ["pdb"],
  short: "Create a pod disruption budget with the specified name",
  arguments: "NAME --selector=SELECTOR --min-available=N",
  flags: [
    { name: "selector", type: "string", usage: "Labels of the Pods, as a=b" },
    { name: "min-available", type: "string", usage: "Number or percentage that must stay" },
    { name: "max-unavailable", type: "string", usage: "Number or percentage that may go" },
  ],
  generate({ flags }, name) {
    const count = (text: string) => (text.endsWith("%") ? text : Number(text));
    if (flags.string("selector") === "") throw new CommandError("a selector must be specified");
    const [least, most] = [flags.string("min-available"), flags.string("max-unavailable")];
    if (least === "" && most === "")
      throw new CommandError("one of min-available or max-unavailable must be specified");
    if (least !== "" && most !== "")
      throw new CommandError("min-available and max-unavailable cannot be both specified");
    for (const [flag, text] of [
      ["min-available", least],
      ["max-unavailable", most],
    ] as const)
      if (!/^(\d+%?)?$/.test(text)) throw new CommandError(`invalid format specified for ${flag}`);
    return {
      kind: "PodDisruptionBudget",
      apiVersion: "policy/v1",
      metadata: metadata(name),
      spec: {
        ...(least === "" ? {} : { minAvailable: count(least) }),
        selector: parseLabelSelector(flags.string("selector")),
        ...(most === "" ? {} : { maxUnavailable: count(most) }),
      },
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    };
  },
};

const priorityClass: Generator = {
  name: "priorityclass",
  aliases: ["pc"],
  short: "Create a priority class with the specified name",
  arguments: "NAME --value=VALUE --global-default=BOOL",
  flags: [
    { name: "value", type: "int32", default: "0", usage: "The priority" },
    { name: "global-default", type: "bool", default: "false", usage: "For Pods that name none" },
    { name: "description", type: "string", usage: "When to use it" },
    {
      name: "preemption-policy",
      type: "string",
      default: "PreemptLowerPriority",
      usage: "PreemptLowerPriority or Never",
    },
  ],
  generate: ({ flags }, name) => ({
    kind: "PriorityClass",
    apiVersion: "scheduling.k8s.io/v1",
    metadata: metadata(name),
    value: flags.number("value"),
    ...(flags.bool("global-default") ? { globalDefault: true } : {}),
    ...(flags.string("description") === "" ? {} : { description: flags.string("description") }),
    preemptionPolicy: flags.string("preemption-policy"),
  }),
};

const serviceAccount: Generator = {
  name: "serviceaccount",
  aliases: ["sa"],
  short: "Create a service account with the specified name",
  arguments: "NAME",
  generate: (_, name) => ({ kind: "ServiceAccount", apiVersion: "v1", metadata: metadata(name) }),
};

export const GENERATORS: readonly Command[] = [
  ...[
    deployment,
    job,
    cronJob,
    namespace,
    quota,
    budget,
    priorityClass,
    serviceAccount,
    ingress,
    ...RBAC_GENERATORS,
    ...dataGenerators,
  ].map(generatorCommand),
  TOKEN,
  {
    name: "secret",
    short: "Create a secret using a specified subcommand",
    subcommands: secretGenerators.map(generatorCommand),
  },
  {
    name: "service",
    aliases: ["svc"],
    short: "Create a service using a specified subcommand",
    subcommands: serviceGenerators.map(generatorCommand),
  },
];
