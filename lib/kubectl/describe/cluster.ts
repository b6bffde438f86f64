/** Service, Namespace, ServiceAccount, Node, Endpoints. */
import { humanDuration, quantityNumber } from "../../encoding/index.ts";
import { POD, selectorText } from "../commands/pods.ts";
import { at, type Json, type KubeObject, listAt, nameOf, numberAt, objectAt, stringsAt, textAt } from "../object.ts";
import { list } from "../resources/builder.ts";
import type { DescribeContext, Describer } from "./describer.ts";
import { events } from "./events.ts";
import { sliceAddresses } from "./network.ts";
import { limitHeader, limitLines, quotaLines, quotaScopes } from "./quota.ts";
import { rfc1123z } from "./times.ts";
import { annotations, type DescribeWriter, labels, pairsText } from "./writer.ts";

async function endpoints({ invocation, object }: DescribeContext): Promise<Json[]> {
  const resource = await invocation.lookUp((map) => map.find("endpointslices.discovery.k8s.io"));
  const found = await list(invocation, {
    resource,
    namespace: textAt(object, "metadata", "namespace"),
    labelSelector: `kubernetes.io/service-name=${nameOf(object)}`,
    fieldSelector: "",
  });
  return listAt(found, "items");
}

function balancerAddress(ingress: Json): string {
  const mode = textAt(ingress, "ipMode");
  return `${textAt(ingress, "ip") || textAt(ingress, "hostname")}${mode === "" ? "" : ` (${mode})`}`;
}

export const service: Describer = async (writer, context) => {
  const { object } = context;
  const spec = objectAt(object, "spec");
  const slices = await endpoints(context);
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  const selector = stringsAt(spec, "selector");
  writer.write(
    0,
    `Selector:\t${
      Object.keys(selector)
        .sort()
        .map((key) => `${key}=${selector[key]}`)
        .join(",") || "<none>"
    }\n`,
  );
  writer.write(0, `Type:\t${textAt(spec, "type")}\n`);
  if (textAt(spec, "ipFamilyPolicy") !== "") writer.write(0, `IP Family Policy:\t${textAt(spec, "ipFamilyPolicy")}\n`);
  if (listAt(spec, "ipFamilies").length > 0) writer.write(0, `IP Families:\t${listAt(spec, "ipFamilies").join(",")}\n`);
  else writer.write(0, "IP Families:\t<none>\n");
  writer.write(0, `IP:\t${textAt(spec, "clusterIP")}\n`);
  const ips = listAt(spec, "clusterIPs");
  writer.write(0, `IPs:\t${ips.length === 0 ? "<none>" : ips.join(",")}\n`);
  if (listAt(spec, "externalIPs").length > 0)
    writer.write(0, `External IPs:\t${listAt(spec, "externalIPs").join(",")}\n`);
  if (textAt(spec, "externalName") !== "") writer.write(0, `External Name:\t${textAt(spec, "externalName")}\n`);
  if (textAt(spec, "loadBalancerIP") !== "")
    writer.write(0, `Desired LoadBalancer IP:\t${textAt(spec, "loadBalancerIP")}\n`);
  const ingress = listAt(object, "status", "loadBalancer", "ingress");
  if (ingress.length > 0) writer.write(0, `LoadBalancer Ingress:\t${ingress.map(balancerAddress).join(", ")}\n`);
  for (const port of listAt(spec, "ports")) {
    const name = textAt(port, "name") || "<unset>";
    writer.write(0, `Port:\t${name}\t${textAt(port, "port")}/${textAt(port, "protocol")}\n`);
    writer.write(0, `TargetPort:\t${textAt(port, "targetPort")}/${textAt(port, "protocol")}\n`);
    if (numberAt(port, "nodePort") !== 0)
      writer.write(0, `NodePort:\t${name}\t${textAt(port, "nodePort")}/${textAt(port, "protocol")}\n`);
    writer.write(0, `Endpoints:\t${sliceAddresses(slices, textAt(port, "name"))}\n`);
  }
  writer.write(0, `Session Affinity:\t${textAt(spec, "sessionAffinity")}\n`);
  if (textAt(spec, "externalTrafficPolicy") !== "")
    writer.write(0, `External Traffic Policy:\t${textAt(spec, "externalTrafficPolicy")}\n`);
  if (textAt(spec, "internalTrafficPolicy") !== "")
    writer.write(0, `Internal Traffic Policy:\t${textAt(spec, "internalTrafficPolicy")}\n`);
  if (numberAt(spec, "healthCheckNodePort") !== 0)
    writer.write(0, `HealthCheck NodePort:\t${textAt(spec, "healthCheckNodePort")}\n`);
  const ranges = listAt(spec, "loadBalancerSourceRanges");
  if (ranges.length > 0) writer.write(0, `LoadBalancer Source Ranges:\t${ranges.join(",")}\n`);
  events(writer, context.events, context.now);
};

export const namespace: Describer = async (writer, { object, invocation }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `Status:\t${textAt(object, "status", "phase")}\n`);
  const conditions = listAt(object, "status", "conditions");
  if (conditions.length > 0) {
    writer.write(
      0,
      "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n  ----\t------\t------------------\t------\t-------\n",
    );
    for (const one of conditions) {
      writer.write(
        0,
        `  ${textAt(one, "type")}\t${textAt(one, "status")}\t${rfc1123z(textAt(one, "lastTransitionTime"))}\t${textAt(one, "reason")}\t${textAt(one, "message")}\n`,
      );
    }
  }
  const map = await invocation.resources();
  for (const [name, none] of [
    ["resourcequotas", "resource quota"],
    ["limitranges", "LimitRange resource"],
  ] as const) {
    const resource = map.byName(name, "");
    const found =
      resource === undefined
        ? []
        : listAt(
            await list(invocation, { resource, namespace: nameOf(object), labelSelector: "", fieldSelector: "" }),
            "items",
          );
    writer.write(
      0,
      found.length === 0
        ? `\nNo ${none}.\n`
        : `\n${name === "resourcequotas" ? "Resource Quotas" : "Resource Limits"}\n`,
    );
    if (found.length > 0 && name === "limitranges") limitHeader(writer, " ");
    for (const one of found) {
      if (name === "limitranges") {
        limitLines(writer, one, " ");
        continue;
      }
      writer.write(0, `  Name:\t${textAt(one, "metadata", "name")}\n`);
      quotaScopes(writer, one, "  ", "  * ");
      writer.write(0, "  Resource\tUsed\tHard\n  --------\t---\t---\n");
      quotaLines(writer, one, "  ");
    }
  }
};

export const serviceAccount: Describer = async (writer, { object, invocation, events: shown, now }) => {
  const namespaceName = textAt(object, "metadata", "namespace");
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${namespaceName}\n`);
  labels(writer, "Labels", stringsAt(object, "metadata", "labels"));
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  const resource = await invocation.lookUp((map) => map.find("secrets"));
  const secrets = listAt(
    await list(invocation, { resource, namespace: namespaceName, labelSelector: "", fieldSelector: "" }),
    "items",
  );
  const exist = new Set(secrets.map((one) => textAt(one, "metadata", "name")));
  const tokens = secrets
    .filter((one) => textAt(one, "type") === "kubernetes.io/service-account-token")
    .filter((one) => textAt(one, "metadata", "annotations", "kubernetes.io/service-account.name") === nameOf(object))
    .filter(
      (one) =>
        textAt(one, "metadata", "annotations", "kubernetes.io/service-account.uid") ===
        textAt(object, "metadata", "uid"),
    )
    .map((one) => textAt(one, "metadata", "name"));
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["Image pull secrets:", listAt(object, "imagePullSecrets").map((one) => textAt(one, "name"))],
    ["Mountable secrets: ", listAt(object, "secrets").map((one) => textAt(one, "name"))],
    ["Tokens:            ", tokens],
  ];
  for (const [title, names] of rows) {
    if (names.length === 0) writer.write(0, `${title}\t<none>\n`);
    names.forEach((name, i) => {
      writer.write(0, `${i === 0 ? title : " ".repeat(19)}\t${name}${exist.has(name) ? "" : " (not found)"}\n`);
    });
  }
  events(writer, shown, now);
};

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.trunc((part / whole) * 100);
}

/** Sums of a resource over containers, as resource helpers count them. */
function requested(pod: Json, field: "requests" | "limits", name: string): number {
  const of = (container: Json) => quantityNumber(textAt(container, "resources", field, name)) ?? 0;
  // Init containers that go on stand beside all that come after them.
  let beside = 0;
  let initial = 0;
  for (const one of listAt(pod, "spec", "initContainers")) {
    const stays = textAt(one, "restartPolicy") === "Always";
    if (stays) beside += of(one);
    initial = Math.max(initial, beside + (stays ? 0 : of(one)));
  }
  const running = listAt(pod, "spec", "containers").reduce<number>((sum, one) => sum + of(one), beside);
  const whole = /^(cpu|memory|hugepages-.*)$/.test(name) ? textAt(pod, "spec", "resources", field, name) : "";
  const sum = whole === "" ? Math.max(running, initial) : (quantityNumber(whole) ?? 0);
  // What is not limited is not limited by what the Pod itself takes either.
  const overhead = quantityNumber(textAt(pod, "spec", "overhead", name)) ?? 0;
  return field === "limits" && sum === 0 ? 0 : sum + overhead;
}

const cpu = (value: number): string =>
  value === 0 ? "0" : Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
function memory(value: number): string {
  if (value === 0) return "0";
  for (const [unit, size] of [
    ["Gi", 2 ** 30],
    ["Mi", 2 ** 20],
    ["Ki", 2 ** 10],
  ] as const)
    if (value % size === 0) return `${value / size}${unit}`;
  return String(value);
}

export const node: Describer = async (writer, { object, invocation, events: shown, now }) => {
  const all = stringsAt(object, "metadata", "labels");
  const roles = Object.keys(all)
    .filter((key) => key.startsWith("node-role.kubernetes.io/"))
    .map((key) => key.slice("node-role.kubernetes.io/".length))
    .sort();
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Roles:\t${roles.length === 0 ? "<none>" : roles.join(",")}\n`);
  labels(writer, "Labels", all);
  annotations(writer, "Annotations", stringsAt(object, "metadata", "annotations"));
  writer.write(0, `CreationTimestamp:\t${rfc1123z(textAt(object, "metadata", "creationTimestamp"))}\n`);
  const taints = listAt(object, "spec", "taints")
    .map(
      (one) =>
        `${textAt(one, "key")}${textAt(one, "value") === "" ? "" : `=${textAt(one, "value")}`}:${textAt(one, "effect")}`,
    )
    .sort();
  if (taints.length === 0) writer.write(0, "Taints:\t<none>\n");
  taints.forEach((taint, i) => {
    writer.write(0, `${i === 0 ? "Taints:" : ""}\t${taint}\n`);
  });
  writer.write(0, `Unschedulable:\t${textAt(object, "spec", "unschedulable") === "true"}\n`);
  const leases = (await invocation.resources()).byName("leases", "coordination.k8s.io");
  if (leases !== undefined) {
    const lease = await (await invocation.rest())
      .get(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${nameOf(object)}`)
      .catch((error: unknown) => error as Error);
    const stamp = (of: Json, field: string) => {
      const text = textAt(of, "spec", field);
      return text === "" ? "<unset>" : rfc1123z(text);
    };
    if (lease instanceof Error) writer.write(0, `Lease:\tFailed to get lease: ${lease.message}\n`);
    else {
      writer.write(0, "Lease:\n");
      writer.write(1, `HolderIdentity:\t${textAt(lease, "spec", "holderIdentity") || "<unset>"}\n`);
      writer.write(1, `AcquireTime:\t${stamp(lease, "acquireTime")}\n`);
      writer.write(1, `RenewTime:\t${stamp(lease, "renewTime")}\n`);
    }
  }
  const conditions = listAt(object, "status", "conditions");
  if (conditions.length > 0) {
    writer.write(
      0,
      "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n  ----\t------\t-----------------\t------------------\t------\t-------\n",
    );
    for (const one of conditions) {
      writer.write(
        0,
        `  ${textAt(one, "type")} \t${textAt(one, "status")} \t${rfc1123z(textAt(one, "lastHeartbeatTime"))} \t${rfc1123z(textAt(one, "lastTransitionTime"))} \t${textAt(one, "reason")} \t${textAt(one, "message")}\n`,
      );
    }
  }
  writer.write(0, "Addresses:\n");
  for (const address of listAt(object, "status", "addresses"))
    writer.write(1, `${textAt(address, "type")}:\t${textAt(address, "address")}\n`);
  for (const [field, title] of [
    ["capacity", "Capacity"],
    ["allocatable", "Allocatable"],
  ] as const) {
    const values = stringsAt(object, "status", field);
    if (Object.keys(values).length === 0) continue;
    writer.write(0, `${title}:\n`);
    for (const key of Object.keys(values).sort()) writer.write(0, `  ${key}:\t${values[key]}\n`);
  }
  const info = objectAt(object, "status", "nodeInfo");
  writer.write(0, "System Info:\n");
  const lines = [
    ["Machine ID", "machineID"],
    ["System UUID", "systemUUID"],
    ["Boot ID", "bootID"],
    ["Kernel Version", "kernelVersion"],
    ["OS Image", "osImage"],
    ["Operating System", "operatingSystem"],
    ["Architecture", "architecture"],
    ["Container Runtime Version", "containerRuntimeVersion"],
    ["Kubelet Version", "kubeletVersion"],
    ["Kube-Proxy Version", "kubeProxyVersion"],
  ] as const;
  for (const [title, field] of lines) writer.write(1, `${title}:\t${textAt(info, field)}\n`);
  if (textAt(object, "spec", "podCIDR") !== "") writer.write(0, `PodCIDR:\t${textAt(object, "spec", "podCIDR")}\n`);
  if (listAt(object, "spec", "podCIDRs").length > 0)
    writer.write(0, `PodCIDRs:\t${listAt(object, "spec", "podCIDRs").join(",")}\n`);
  if (textAt(object, "spec", "providerID") !== "")
    writer.write(0, `ProviderID:\t${textAt(object, "spec", "providerID")}\n`);
  const found = await list(invocation, {
    resource: POD,
    namespace: "",
    labelSelector: "",
    fieldSelector: `spec.nodeName=${nameOf(object)},status.phase!=Succeeded,status.phase!=Failed`,
  });
  usage(writer, object, found["items"] as KubeObject[], now);
  events(writer, shown, now);
};

function usage(writer: DescribeWriter, object: KubeObject, pods: readonly KubeObject[], now: number): void {
  const field = Object.keys(objectAt(object, "status", "allocatable")).length > 0 ? "allocatable" : "capacity";
  const room = objectAt(object, "status", field);
  const capacity = (name: string) => quantityNumber(textAt(room, name)) ?? 0;
  writer.write(0, `Non-terminated Pods:\t(${pods.length} in total)\n`);
  writer.write(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n");
  writer.write(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n");
  const totals = new Map<string, number>();
  const add = (key: string, value: number) => totals.set(key, (totals.get(key) ?? 0) + value);
  for (const pod of pods) {
    const value = (field: "requests" | "limits", name: string) => {
      const amount = requested(pod, field, name);
      add(`${field}/${name}`, amount);
      return `${name === "cpu" ? cpu(amount) : memory(amount)} (${percent(amount, capacity(name))}%)`;
    };
    const cells = [
      value("requests", "cpu"),
      value("limits", "cpu"),
      value("requests", "memory"),
      value("limits", "memory"),
    ];
    const age = Math.max(0, now - Date.parse(textAt(pod, "metadata", "creationTimestamp")));
    writer.write(
      1,
      `${textAt(pod, "metadata", "namespace")}\t${nameOf(pod)}\t\t${cells.join("\t")}\t${humanDuration(age)}\n`,
    );
  }
  writer.write(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n");
  writer.write(1, "Resource\tRequests\tLimits\n");
  writer.write(1, "--------\t--------\t------\n");
  for (const name of ["cpu", "memory", "ephemeral-storage", "hugepages-1Gi", "hugepages-2Mi"]) {
    if (name.startsWith("hugepages") && textAt(room, name) === "") continue;
    const cell = (field: string) => {
      const amount = totals.get(`${field}/${name}`) ?? 0;
      return `${name === "cpu" ? cpu(amount) : memory(amount)} (${percent(amount, capacity(name))}%)`;
    };
    writer.write(1, `${name}\t${cell("requests")}\t${cell("limits")}\n`);
  }
  // What else a node has to give, e.g. devices: how much of it, without a share.
  for (const name of Object.keys(room).filter(isScalarResource).sort()) {
    const sum = (part: "requests" | "limits") => pods.reduce((total, pod) => total + requested(pod, part, name), 0);
    writer.write(1, `${name}\t${memory(sum("requests"))}\t${memory(sum("limits"))}\n`);
  }
}

const isScalarResource = (name: string): boolean =>
  name.includes("/") && !name.startsWith("kubernetes.io/") && !name.startsWith("requests.");

export const disruptionBudget: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Namespace:\t${textAt(object, "metadata", "namespace")}\n`);
  const spec = objectAt(object, "spec");
  if (at(spec, "minAvailable") !== undefined) writer.write(0, `Min available:\t${textAt(spec, "minAvailable")}\n`);
  else if (at(spec, "maxUnavailable") !== undefined) {
    writer.write(0, `Max unavailable:\t${textAt(spec, "maxUnavailable")}\n`);
  }
  const selector = at(spec, "selector");
  writer.write(0, `Selector:\t${selector === undefined ? "<unset>" : selectorText(selector) || "<none>"}\n`);
  writer.write(0, "Status:\n");
  for (const [title, field] of [
    ["Allowed disruptions", "disruptionsAllowed"],
    ["Current", "currentHealthy"],
    ["Desired", "desiredHealthy"],
    ["Total", "expectedPods"],
  ] as const) {
    writer.write(2, `${title}:\t${numberAt(object, "status", field)}\n`);
  }
  events(writer, shown, now);
};

export const priorityClass: Describer = (writer, { object, events: shown, now }) => {
  writer.write(0, `Name:\t${nameOf(object)}\n`);
  writer.write(0, `Value:\t${textAt(object, "value") || "0"}\n`);
  writer.write(0, `GlobalDefault:\t${textAt(object, "globalDefault") === "true"}\n`);
  writer.write(0, `PreemptionPolicy:\t${textAt(object, "preemptionPolicy")}\n`);
  writer.write(0, `Description:\t${textAt(object, "description")}\n`);
  writer.write(0, `Annotations:\t${pairsText(stringsAt(object, "metadata", "annotations"))}\n`);
  events(writer, shown, now);
};
