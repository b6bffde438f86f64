/** kubectl expose (k8s.io/kubectl/pkg/cmd/expose/expose.go). */
import { pathOf, type Resource } from "../client/discovery.ts";
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
import {
  type Json,
  type JsonObject,
  type KubeObject,
  listAt,
  numberAt,
  objectAt,
  stringsAt,
  textAt,
} from "../object.ts";
import { printerFor, printResult } from "../printers/output.ts";
import { build, type Found, visitEach } from "../resources/builder.ts";
import { withNamespace } from "./create/generate.ts";
import { withGeneratedConfiguration } from "./last-applied.ts";
import { mergeOverrides, OVERRIDE_FLAGS } from "./overrides.ts";
import { recordChange } from "./record.ts";

const EXPOSABLE = new Set(["Pod/", "Service/", "ReplicationController/", "Deployment/apps", "ReplicaSet/apps"]);

function refuseKind({ kind, group }: Resource): void {
  if (!EXPOSABLE.has(`${kind}/${group}`)) {
    throw new CommandError(`cannot expose a ${group === "" ? kind : `${kind}.${group}`}`);
  }
}

/** The labels of the Pods an object stands for, as a Service selects them. */
function selectorOf(object: KubeObject): Record<string, string> {
  const kind = textAt(object, "kind");
  const fail = (words: string) =>
    new CommandError(`couldn't retrieve selectors via --selector flag or introspection: ${words}`);
  if (kind === "Pod") {
    const labels = stringsAt(object, "metadata", "labels");
    if (Object.keys(labels).length === 0) throw fail("the pod has no labels and cannot be exposed");
    return labels;
  }
  if (kind === "Service" || kind === "ReplicationController") {
    const selector = stringsAt(object, "spec", "selector");
    if (kind === "Service" && Object.keys(selector).length === 0) throw fail("the service has no pod selector set");
    return selector;
  }
  if (listAt(object, "spec", "selector", "matchExpressions").length > 0) {
    throw fail("couldn't convert expressions - matchExpressions to map-based selector format");
  }
  const labels = stringsAt(object, "spec", "selector", "matchLabels");
  if (Object.keys(labels).length === 0) throw fail("invalid deployment: no selectors, therefore cannot be exposed");
  return labels;
}

interface PortOfObject {
  readonly port: string;
  readonly protocol: string;
}

function portsOf(object: KubeObject): PortOfObject[] {
  const kind = textAt(object, "kind");
  const read = (entries: Json[], field: string) =>
    entries.map((one) => ({ port: String(numberAt(one, field)), protocol: textAt(one, "protocol") || "TCP" }));
  if (kind === "Service") return read(listAt(object, "spec", "ports"), "port");
  const spec = kind === "Pod" ? objectAt(object, "spec") : objectAt(object, "spec", "template", "spec");
  return listAt(spec, "containers").flatMap((container) => read(listAt(container, "ports"), "containerPort"));
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const [key = "", value, ...more] = pair.split("=");
    if (key === "" || value === undefined || more.length > 0) throw new CommandError(`unexpected label spec: ${pair}`);
    labels[key] = value;
  }
  return labels;
}

function servicePorts(invocation: Invocation, object: KubeObject): JsonObject[] {
  const { flags } = invocation;
  const found = portsOf(object);
  const headless = flags.string("cluster-ip") === "None";
  const asked = flags.string("port");
  const wanted = asked === "" ? [...new Set(found.map(({ port }) => port))] : asked.split(",");
  if (wanted.length === 0 && !headless) throw new CommandError("couldn't find port via --port flag or introspection");
  const protocol = flags.string("protocol");
  const target = flags.string("target-port");
  return wanted.flatMap((text, i) => {
    const port = Number(text);
    if (!/^-?\d+$/.test(text)) throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    const protocols =
      protocol !== "" ? [protocol] : [...new Set(found.filter((one) => one.port === text).map((one) => one.protocol))];
    if (protocols.length === 0) protocols.push("TCP");
    return protocols.map((one) => ({
      ...(protocols.length > 1
        ? { name: `port-${i + 1}-${one.toLowerCase()}` }
        : wanted.length > 1
          ? { name: `port-${i + 1}` }
          : {}),
      protocol: one,
      port,
      targetPort: target === "" ? port : /^-?\d+$/.test(target) ? Number(target) : target,
    }));
  });
}

function serviceFor(invocation: Invocation, object: KubeObject, defaultName: string): KubeObject {
  const { flags } = invocation;
  const selector = flags.string("selector") === "" ? selectorOf(object) : parseLabels(flags.string("selector"));
  const ports = servicePorts(invocation, object);
  const labels =
    flags.string("labels") === "" ? stringsAt(object, "metadata", "labels") : parseLabels(flags.string("labels"));
  const affinity = flags.string("session-affinity");
  if (affinity !== "" && affinity !== "None" && affinity !== "ClientIP")
    throw new CommandError(`unknown session affinity: ${affinity}`);
  const type = flags.string("type");
  const balancer = flags.string("load-balancer-ip");
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: {
      name: flags.string("name") || defaultName,
      creationTimestamp: null,
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    },
    spec: {
      ...(ports.length > 0 ? { ports } : {}),
      selector,
      ...(flags.string("cluster-ip") === "" ? {} : { clusterIP: flags.string("cluster-ip") }),
      ...(type === "" ? {} : { type }),
      ...(flags.string("external-ip") === "" ? {} : { externalIPs: [flags.string("external-ip")] }),
      ...(affinity === "" ? {} : { sessionAffinity: affinity }),
      ...(type === "LoadBalancer" && balancer !== "" ? { loadBalancerIP: balancer } : {}),
    },
    status: { loadBalancer: {} },
  };
}

async function expose(invocation: Invocation): Promise<void> {
  const { flags } = invocation;
  const dryRun = dryRunOf(invocation);
  invocation.checkAccess();
  const printer = printerFor(invocation);
  invocation.checkNamespace();
  const selection = await build(invocation, { args: invocation.args, typed: true });
  const exposeOne = async ({ resource, name, object }: Found): Promise<void> => {
    refuseKind(resource);
    const service = mergeOverrides(invocation, serviceFor(invocation, object, name.slice(0, 63)));
    recordChange(invocation, service);
    if (dryRun === "client") {
      const shown = invocation.enforceNamespace ? withNamespace(service, invocation.namespace) : service;
      return printResult(invocation, shown, `exposed${dryRunSuffix(dryRun)}`, printer, true);
    }
    const rest = await invocation.rest();
    const kind = await invocation.lookUp((map) => map.forObject("Service", "v1"));
    const body = flags.bool("save-config") ? withGeneratedConfiguration(service) : service;
    const made = await rest.json("POST", pathOf(kind, invocation.namespace), {
      body: withNamespace(body, invocation.namespace),
      query: { fieldManager: flags.string("field-manager"), ...dryRunQuery(dryRun) },
    });
    await printResult(invocation, made, `exposed${dryRunSuffix(dryRun)}`, printer, true);
  };
  throwAll(await visitEach(invocation, selection, exposeOne, { typed: true, latest: false }));
}

export const EXPOSE: Command = {
  name: "expose",
  short: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
  arguments:
    "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name]",
  examples: ["kubectl expose deployment web --port=80 --target-port=8080"],
  completes: { types: ["pod", "service", "replicationcontroller", "deployment", "replicaset"], several: true },
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    SAVE_CONFIG_FLAG,
    RECORD_FLAG,
    fieldManagerFlag("kubectl-expose"),
    { name: "cluster-ip", type: "string", usage: "An address, or None for a headless service" },
    { name: "external-ip", type: "string", usage: "Another address to accept traffic for" },
    { name: "labels", shorthand: "l", type: "string", usage: "Labels of the service, a=b,c=d" },
    { name: "load-balancer-ip", type: "string", usage: "Address for a load balancer" },
    { name: "name", type: "string", usage: "Name of the service; the object's where absent" },
    ...OVERRIDE_FLAGS,
    { name: "port", type: "string", usage: "Port of the service; the object's where absent" },
    { name: "protocol", type: "string", usage: "TCP, UDP or SCTP" },
    { name: "selector", type: "string", usage: "Labels to select; the object's where absent" },
    { name: "session-affinity", type: "string", usage: "None or ClientIP" },
    { name: "target-port", type: "string", usage: "Port of the container, by number or name" },
    { name: "type", type: "string", usage: "ClusterIP, NodePort, LoadBalancer or ExternalName" },
  ],
  run: expose,
};
