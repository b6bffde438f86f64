/** Which ports of which Pod `port-forward` means (kubectl/pkg/util/service_port.go, pod_port.go, cmd/portforward). */
import { CommandError } from "../errors.ts";
import { type Json, type KubeObject, listAt, nameOf, numberAt, textAt } from "../object.ts";

/** `local` 0: any free port. */
export interface ForwardedPort {
  readonly local: number;
  readonly remote: number;
}

interface Spec {
  readonly local: string;
  readonly remote: string;
}

function split(text: string): Spec {
  const parts = text.split(":");
  const [first = "", second = ""] = parts;
  return parts.length === 2 ? { local: first, remote: second } : { local: first, remote: first };
}

/** strconv.Atoi, without its errors. */
const integer = (text: string): number | undefined => (/^[-+]?\d+$/.test(text) ? Number(text) : undefined);

const servicePort = (service: KubeObject, name: string): number => {
  const port = listAt(service, "spec", "ports").find((one) => textAt(one, "name") === name);
  if (port === undefined) throw new CommandError(`Service '${nameOf(service)}' does not have a named port '${name}'`);
  return numberAt(port, "port");
};

const containerPort = (pod: KubeObject, name: string): number => {
  for (const container of listAt(pod, "spec", "containers")) {
    const port = listAt(container, "ports").find((one) => textAt(one, "name") === name);
    if (port !== undefined) return numberAt(port, "containerPort");
  }
  // Init containers that go on running (restartPolicy: Always) have ports too.
  for (const container of listAt(pod, "spec", "initContainers")) {
    if (textAt(container, "restartPolicy") !== "Always") continue;
    const port = listAt(container, "ports").find((one) => textAt(one, "name") === name);
    if (port !== undefined) return numberAt(port, "containerPort");
  }
  throw new CommandError(`Pod '${nameOf(pod)}' does not have a named port '${name}'`);
};

/** The port in the Pod that a port of the Service leads to. */
function targetPort(service: KubeObject, pod: KubeObject, port: number): number {
  const found = listAt(service, "spec", "ports").find((one) => numberAt(one, "port") === port);
  if (found === undefined) throw new CommandError(`Service ${nameOf(service)} does not have a service port ${port}`);
  if (textAt(service, "spec", "clusterIP") === "None") return port;
  const target = (found as Record<string, Json>)["targetPort"];
  if (typeof target === "string") return containerPort(pod, target);
  return typeof target === "number" && target !== 0 ? target : port;
}

/** Ports that are there for UDP and not for TCP. */
function udpOnly(ports: readonly Json[], field: "port" | "containerPort"): Set<number> {
  const of = (protocol: string) =>
    ports.filter((one) => (textAt(one, "protocol") || "TCP") === protocol).map((one) => numberAt(one, field));
  const tcp = new Set(of("TCP"));
  return new Set(of("UDP").filter((port) => !tcp.has(port)));
}

function refuseUdp(specs: readonly string[], only: ReadonlySet<number>, numberOf: (name: string) => number): void {
  for (const spec of specs) {
    const { remote } = split(spec);
    if (only.has(integer(remote) ?? numberOf(remote)))
      throw new CommandError(`UDP protocol is not supported for ${remote}`);
  }
}

/** Words after TYPE/NAME with all names replaced by numbers. `object` is what was named, `pod` what it stands for. */
export function resolvePorts(specs: readonly string[], object: KubeObject, pod: KubeObject): string[] {
  if (textAt(object, "kind") === "Service") {
    refuseUdp(specs, udpOnly(listAt(object, "spec", "ports"), "port"), (name) => servicePort(object, name));
    return specs.map((spec) => {
      const { local, remote } = split(spec);
      const number = integer(remote) ?? servicePort(object, remote);
      const from = integer(remote) === undefined && local === remote ? String(number) : local;
      const to = String(targetPort(object, pod, number));
      return from === to ? to : `${from}:${to}`;
    });
  }
  const all = listAt(pod, "spec", "containers").flatMap((container) => listAt(container, "ports"));
  refuseUdp(specs, udpOnly(all, "containerPort"), (name) => containerPort(pod, name));
  return specs.map((spec) => {
    const { local, remote } = split(spec);
    const number = integer(remote) === undefined ? String(containerPort(pod, remote)) : remote;
    return local === remote ? number : `${local}:${number}`;
  });
}

function parsePort(side: "local" | "remote", text: string): number {
  const refuse = (why: string) =>
    new CommandError(
      `error parsing ${side} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    );
  if (!/^\d+$/.test(text)) throw refuse("invalid syntax");
  if (Number(text) > 65_535) throw refuse("value out of range");
  return Number(text);
}

/** client-go tools/portforward parsePorts. */
export function parsePorts(specs: readonly string[]): ForwardedPort[] {
  return specs.map((spec) => {
    const parts = spec.split(":");
    if (parts.length > 2) throw new CommandError(`invalid port format '${spec}'`);
    const [first = "", second = first] = parts;
    const local = parsePort("local", first === "" && parts.length === 2 ? "0" : first);
    const remote = parsePort("remote", second);
    if (remote === 0) throw new CommandError("remote port must be > 0");
    return { local, remote };
  });
}

export interface ListenAddress {
  readonly address: string;
  readonly family: "tcp4" | "tcp6";
  /** One listener of its group is enough ("localhost" is two addresses). */
  readonly any: boolean;
}

const isIPv4 = (text: string) =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);
const isIPv6 = (text: string) => text.includes(":") && /^[0-9a-fA-F:.]+$/.test(text);

/** client-go tools/portforward parseAddresses: sorted, each once. */
export function parseAddresses(texts: readonly string[]): ListenAddress[] {
  if (texts.length === 0) throw new CommandError("you must specify at least 1 address");
  const found = new Map<string, ListenAddress>();
  for (const text of texts) {
    if (text === "localhost") {
      for (const [address, family] of [
        ["127.0.0.1", "tcp4"],
        ["::1", "tcp6"],
      ] as const)
        if (!found.has(address)) found.set(address, { address, family, any: true });
    } else if (isIPv4(text) || isIPv6(text)) {
      found.set(text, { address: text, family: isIPv4(text) ? "tcp4" : "tcp6", any: false });
    } else throw new CommandError(`${text} is not a valid IP`);
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}
