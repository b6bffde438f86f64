/** Endpoints, EndpointSlice, NetworkPolicy, Ingress, IngressClass. */
import { selectorText } from "../commands/pods.ts";
import { isNotFound } from "../errors.ts";
import { at, type Json, type KubeObject, listAt, nameOf, objectAt, stringsAt, textAt } from "../object.ts";
import { list } from "../resources/builder.ts";
import type { DescribeContext, Describer } from "./describer.ts";
import { events } from "./events.ts";
import { annotations, type DescribeWriter, labels } from "./writer.ts";

function head(writer: DescribeWriter, object: KubeObject): void {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
}

export const endpoints: Describer = (writer, { object, events: shown, now }) => {
  head(writer, object);
  writer.write(0, "Subsets:\n");
  for (const subset of listAt(object, "subsets")) {
    for (const [title, field] of [
      ["Addresses", "addresses"],
      ["NotReadyAddresses", "notReadyAddresses"],
    ] as const) {
      const ips = listAt(subset, field).map((one) => textAt(one, "ip"));
      writer.write(1, `${title}:\t${ips.join(",") || "<none>"}\n`);
    }
    const ports = listAt(subset, "ports");
    if (ports.length > 0) {
      writer.write(1, "Ports:\n");
      portLines(writer, ports, 2);
    }
    writer.write(0, "\n");
  }
  events(writer, shown, now);
};

function portLines(writer: DescribeWriter, ports: readonly Json[], level: number): void {
  writer.write(level, "Name\tPort\tProtocol\n");
  writer.write(level, "----\t----\t--------\n");
  for (const port of ports)
    writer.write(
      level,
      `${textAt(port, "name") || "<unset>"}\t${textAt(port, "port") || "<unset>"}\t${textAt(port, "protocol")}\n`,
    );
}

export const endpointSlice: Describer = (writer, { object, events: shown, now }) => {
  head(writer, object);
  writer.write(0, `AddressType:\t${textAt(object, "addressType")}\n`);
  const ports = listAt(object, "ports");
  if (ports.length === 0) writer.write(0, "Ports: <unset>\n");
  else {
    writer.write(0, "Ports:\n");
    portLines(writer, ports, 1);
  }
  const all = listAt(object, "endpoints");
  writer.write(0, all.length === 0 ? "Endpoints: <none>\n" : "Endpoints:\n");
  for (const one of all) {
    const addresses = listAt(one, "addresses").map(String);
    writer.write(1, `- Addresses:\t${addresses.join(", ")}\n`);
    writer.write(2, "Conditions:\n");
    writer.write(3, `Ready:\t${textAt(one, "conditions", "ready") || "<unset>"}\n`);
    writer.write(2, `Hostname:\t${textAt(one, "hostname") || "<unset>"}\n`);
    const target = at(one, "targetRef");
    if (target !== undefined) writer.write(2, `TargetRef:\t${textAt(target, "kind")}/${textAt(target, "name")}\n`);
    writer.write(2, `NodeName:\t${textAt(one, "nodeName") || "<unset>"}\n`);
    writer.write(2, `Zone:\t${textAt(one, "zone") || "<unset>"}\n`);
    const topology = stringsAt(one, "deprecatedTopology");
    if (Object.keys(topology).length > 0) {
      writer.write(2, "Topology:\n");
      for (const key of Object.keys(topology).sort()) writer.write(3, `${key}:\t${topology[key]}\n`);
    }
  }
  events(writer, shown, now);
};

/** metav1.FormatLabelSelector. */
const selector = (value: Json | undefined): string => selectorText(value) || "<none>";

export const networkPolicy: Describer = (writer, { object }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  const created = textAt(object, "metadata", "creationTimestamp");
  writer.write(0, `Created on:\t${created.replace("T", " ").replace(/Z$/, " +0000 UTC")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, "Spec:\n");
  const spec = objectAt(object, "spec");
  const everyPod = selector(at(spec, "podSelector")) === "<none>";
  writer.write(
    1,
    `PodSelector:     ${everyPod ? "<none> (Allowing the specific traffic to all pods in this namespace)" : selector(at(spec, "podSelector"))}\n`,
  );
  const types = listAt(spec, "policyTypes").map(String);
  for (const [type, direction, peer, field] of [
    ["Ingress", "ingress", "From", "from"],
    ["Egress", "egress", "To", "to"],
  ] as const) {
    if (types.includes(type)) {
      writer.write(1, `Allowing ${direction} traffic:\n`);
      policyRules(writer, listAt(spec, direction), direction, peer, field);
    } else writer.write(1, `Not affecting ${direction} traffic\n`);
  }
  writer.write(1, `Policy Types: ${types.join(", ")}\n`);
};

function policyRules(
  writer: DescribeWriter,
  rules: readonly Json[],
  direction: "ingress" | "egress",
  title: "From" | "To",
  field: "from" | "to",
): void {
  if (rules.length === 0) {
    writer.write(2, `<none> (Selected pods are isolated for ${direction} connectivity)\n`);
    return;
  }
  const unrestricted = direction === "ingress" ? "source" : "destination";
  rules.forEach((rule, i) => {
    const ports = listAt(rule, "ports");
    if (ports.length === 0) writer.write(2, "To Port: <any> (traffic allowed to all ports)\n");
    for (const port of ports) {
      const protocol = textAt(port, "protocol") || "TCP";
      const [from, end] = [textAt(port, "port") || "<nil>", textAt(port, "endPort")];
      writer.write(2, end === "" ? `To Port: ${from}/${protocol}\n` : `To Port Range: ${from}-${end}/${protocol}\n`);
    }
    const peers = listAt(rule, field);
    if (peers.length === 0) writer.write(2, `${title}: <any> (traffic not restricted by ${unrestricted})\n`);
    for (const peer of peers) {
      writer.write(2, `${title}:\n`);
      const block = at(peer, "ipBlock");
      if (block !== undefined) {
        writer.write(3, "IPBlock:\n");
        writer.write(4, `CIDR: ${textAt(block, "cidr")}\n`);
        writer.write(4, `Except: ${listAt(block, "except").join(", ")}\n`);
        continue;
      }
      for (const [name, key] of [
        ["NamespaceSelector", "namespaceSelector"],
        ["PodSelector", "podSelector"],
      ] as const)
        if (at(peer, key) !== undefined) writer.write(3, `${name}: ${selector(at(peer, key))}\n`);
    }
    if (i !== rules.length - 1) writer.write(2, "----------\n");
  });
}

export const ingressClass: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `Controller:\t${textAt(object, "spec", "controller")}\n`);
  const parameters = at(object, "spec", "parameters");
  if (parameters !== undefined) {
    writer.write(0, "Parameters:\n");
    if (textAt(parameters, "apiGroup") !== "") writer.write(1, `APIGroup:\t${textAt(parameters, "apiGroup")}\n`);
    writer.write(1, `Kind:\t${textAt(parameters, "kind")}\n`);
    writer.write(1, `Name:\t${textAt(parameters, "name")}\n`);
  }
  events(writer, shown, now);
};

/** What stands behind a backend: the addresses, or why there are none. */
async function backendText({ invocation, object }: DescribeContext, backend: Json): Promise<string> {
  const resource = at(backend, "resource");
  if (resource !== undefined) {
    const group = textAt(resource, "apiGroup") || "<none>";
    return `APIGroup: ${group}, Kind: ${textAt(resource, "kind")}, Name: ${textAt(resource, "name")}`;
  }
  const service = textAt(backend, "service", "name");
  const port = textAt(backend, "service", "port", "name") || textAt(backend, "service", "port", "number");
  const namespace = textAt(object, "metadata", "namespace");
  const rest = await invocation.rest();
  let found: KubeObject;
  try {
    found = await rest.get(`/api/v1/namespaces/${namespace}/services/${service}`);
  } catch (error) {
    if (isNotFound(error)) return `${service}:${port} (<error: services "${service}" not found>)`;
    return `${service}:${port} (<error: ${(error as Error).message}>)`;
  }
  const slices = await invocation.lookUp((map) => map.find("endpointslices.discovery.k8s.io"));
  const { items } = await list(invocation, {
    resource: slices,
    namespace,
    labelSelector: `kubernetes.io/service-name=${service}`,
    fieldSelector: "",
  });
  const served = listAt(found, "spec", "ports").find(
    (one) => textAt(one, "name") === port || textAt(one, "port") === port,
  );
  return `${service}:${port} (${sliceAddresses(listAt(items), textAt(served, "name"))})`;
}

/** formatEndpointSlices: at most three addresses of a port; "<none>" where there are no slices. */
export function sliceAddresses(slices: readonly Json[], port: string): string {
  if (slices.length === 0) return "<none>";
  const found: string[] = [];
  for (const slice of slices) {
    const ports = listAt(slice, "ports");
    for (const one of ports.length === 0 ? [undefined] : ports) {
      if (one !== undefined && textAt(one, "name") !== port) continue;
      for (const endpoint of listAt(slice, "endpoints")) {
        if (at(endpoint, "conditions", "ready") === false) continue;
        for (const address of listAt(endpoint, "addresses"))
          found.push(one === undefined ? String(address) : `${address}:${textAt(one, "port")}`);
      }
    }
  }
  const text = found.slice(0, 3).join(",");
  return found.length > 3 ? `${text} + ${found.length - 3} more...` : text;
}

export const ingress: Describer = async (writer, context) => {
  const { object } = context;
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  const addresses = listAt(object, "status", "loadBalancer", "ingress").map(
    (one) => textAt(one, "ip") || textAt(one, "hostname"),
  );
  writer.write(0, `Address:\t${addresses.join(",")}\n`);
  writer.write(0, `Ingress Class:\t${textAt(object, "spec", "ingressClassName") || "<none>"}\n`);
  const fallback = at(object, "spec", "defaultBackend");
  writer.write(0, `Default backend:\t${fallback === undefined ? "<default>" : await backendText(context, fallback)}\n`);
  const tls = listAt(object, "spec", "tls");
  if (tls.length > 0) writer.write(0, "TLS:\n");
  for (const one of tls) {
    const hosts = listAt(one, "hosts").join(",");
    const name = textAt(one, "secretName");
    writer.write(1, name === "" ? `SNI routes ${hosts}\n` : `${name} terminates ${hosts}\n`);
  }
  writer.write(0, "Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------\n");
  const rules = listAt(object, "spec", "rules").filter((rule) => at(rule, "http") !== undefined);
  for (const rule of rules) {
    writer.write(1, `${textAt(rule, "host") || "*"}\t\n`);
    for (const path of listAt(rule, "http", "paths"))
      writer.write(2, `\t${textAt(path, "path")} \t${await backendText(context, at(path, "backend") ?? {})}\n`);
  }
  if (rules.length === 0)
    writer.write(1, `*\t*\t${fallback === undefined ? "<default>" : await backendText(context, fallback)}\n`);
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  events(writer, context.events, context.now);
};
