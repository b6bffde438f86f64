/**
 * The learner's machine's network where the cluster is far away: loopback, and a way to the Pods and Services of the
 * learner's namespace through port-forward. Names are answered from what the watches saw.
 */
import type { Transport } from "../../kubectl/transport.ts";
import {
  type Connection,
  type DnsQuestion,
  type DnsRecord,
  type DnsResponse,
  Errno,
  loopbackNetwork,
  type Network,
} from "../../machine/index.ts";
import type { KubeObject } from "./api.ts";

interface ClusterView {
  /** Latest objects of a resource. */
  objects(resource: string): KubeObject[];
}

type Json = Readonly<Record<string, unknown>>;
const field = (object: unknown, ...path: readonly string[]): unknown => {
  let value: unknown = object;
  for (const step of path) value = value !== null && typeof value === "object" ? (value as Json)[step] : undefined;
  return value;
};
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

interface PodPort {
  readonly pod: string;
  readonly port: number;
}

/** The Pod and port that an address and port of the namespace lead to. */
function route(view: ClusterView, address: string, port: number): PodPort | undefined {
  const pod = view.objects("pods").find((one) => field(one, "status", "podIP") === address);
  if (pod !== undefined) return { pod: pod.metadata?.name ?? "", port };
  const service = view.objects("services").find((one) => field(one, "spec", "clusterIP") === address);
  if (service === undefined) return undefined;
  const declared = list(field(service, "spec", "ports")).find((one) => one["port"] === port);
  if (declared === undefined) return undefined;
  for (const slice of slicesOf(view, service)) {
    const target = list(field(slice, "ports")).find((one) => text(one["name"]) === text(declared["name"]));
    const ready = list(field(slice, "endpoints")).find((one) => field(one, "conditions", "ready") !== false);
    const name = text(field(ready, "targetRef", "name"));
    if (typeof target?.["port"] === "number" && name !== "") return { pod: name, port: target["port"] };
  }
  return undefined;
}

function slicesOf(view: ClusterView, service: KubeObject): KubeObject[] {
  return view
    .objects("endpointslices.discovery.k8s.io")
    .filter((slice) => field(slice, "metadata", "labels", "kubernetes.io/service-name") === service.metadata?.name);
}

const TTL = 30;

/** A, SRV and nothing else, for names of the namespace below svc.cluster.local. */
function resolveName(view: ClusterView, namespaces: readonly string[], question: DnsQuestion): DnsResponse {
  const name = question.name.replace(/\.$/, "").toLowerCase();
  const nothing = (code: DnsResponse["code"]): DnsResponse => ({
    code,
    authoritative: true,
    answers: [],
    authorities: [],
    additionals: [],
  });
  const parts = /^(?:(.+)\.)?([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local$/.exec(name);
  const [, host = "", serviceName = "", namespace = ""] = parts ?? [];
  if (parts === null || !namespaces.includes(namespace)) return nothing("NXDOMAIN");
  const service = view.objects("services").find((one) => one.metadata?.name === serviceName);
  if (service === undefined) return nothing("NXDOMAIN");
  const answers: DnsRecord[] = [];
  const a = (address: string) => answers.push({ name, type: "A", ttl: TTL, data: address });
  const clusterIP = text(field(service, "spec", "clusterIP"));
  if (host === "" && clusterIP !== "" && clusterIP !== "None") a(clusterIP);
  else {
    const published = field(service, "spec", "publishNotReadyAddresses") === true;
    for (const slice of slicesOf(view, service)) {
      for (const endpoint of list(field(slice, "endpoints"))) {
        if (!published && field(endpoint, "conditions", "ready") === false) continue;
        if (host !== "" && text(endpoint["hostname"]) !== host) continue;
        for (const address of (endpoint["addresses"] ?? []) as readonly string[]) a(address);
      }
    }
  }
  if (answers.length === 0) return nothing(host === "" ? "NOERROR" : "NXDOMAIN");
  return { ...nothing("NOERROR"), answers: question.type === "A" || question.type === "ANY" ? answers : [] };
}

interface ForwardedNetworkOptions {
  readonly view: ClusterView;
  readonly transport: () => Transport;
  /** The namespace on the cluster. */
  readonly namespace: () => string;
  /** Names it goes by in lessons. */
  readonly aliases: readonly string[];
}

export function forwardedNetwork(options: ForwardedNetworkOptions): Network {
  const loopback = loopbackNetwork();
  let lastPort = 32_768;
  return {
    ...loopback,
    async connect(address, port, connectOptions) {
      if (address === "::1" || address.startsWith("127.")) return loopback.connect(address, port, connectOptions);
      const target = route(options.view, address, port);
      if (target === undefined) throw new Errno("EHOSTUNREACH", address);
      const path = `/api/v1/namespaces/${options.namespace()}/pods/${target.pod}/portforward`;
      let stream: Awaited<ReturnType<Transport["openPort"]>>;
      try {
        stream = await options.transport().openPort(path, target.port, connectOptions?.signal);
      } catch {
        // What the server says of it has no place in a connect(2).
        throw new Errno("ECONNREFUSED", address);
      }
      lastPort = lastPort >= 60_999 ? 32_768 : lastPort + 1;
      const connection: Connection = {
        reader: stream.reader,
        writer: stream.writer,
        localAddress: "127.0.0.1",
        localPort: lastPort,
        remoteAddress: address,
        remotePort: port,
        close: () => stream.close(),
      };
      return connection;
    },
    query: async (_server, question) => resolveName(options.view, [options.namespace(), ...options.aliases], question),
    ping: async (address) => (address.startsWith("127.") ? loopback.ping(address) : undefined),
  };
}
