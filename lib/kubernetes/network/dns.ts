/** What CoreDNS's kubernetes plugin answers (plugin/kubernetes), from the objects as they are. Pure. */
import type { DnsQuestion, DnsRecord, DnsRecordType, DnsResponse } from "../../machine/index.ts";
import type { EndpointSlice, Service } from "../api/types.ts";
import type { Store } from "../store/store.ts";
import { CLUSTER_DOMAIN, DNS_SERVICE_IP, parseIPv4 } from "./addresses.ts";
import { slicesOf } from "./routing.ts";

/** Seconds, as in kubeadm's Corefile. */
const TTL = 30;
const ZONE = `${CLUSTER_DOMAIN}.`;

interface EndpointRecord {
  readonly host: string;
  readonly address: string;
  /** The Pod has a hostname under this Service. */
  readonly named: boolean;
}

/** Answers one question. `now`: ms, becomes the serial of the SOA record. */
export function answerDns(store: Store, question: DnsQuestion, now: number): DnsResponse {
  const asked = question.name.endsWith(".") ? question.name : `${question.name}.`;
  const name = asked.toLowerCase();
  if (name.endsWith(".in-addr.arpa.")) return reverse(store, asked, name);
  if (name !== ZONE && !name.endsWith(`.${ZONE}`)) return outside();
  const found = name === ZONE ? apex(question.type, now) : lookup(store, labelsOf(name), question.type, asked);
  if (found === undefined) return { ...empty("NXDOMAIN"), authorities: [soa(now)] };
  if (found.answers.length === 0) return { ...empty("NOERROR"), authorities: [soa(now)] };
  return { code: "NOERROR", authoritative: true, authorities: [], ...found };
}

/** How many aliases are followed in an answer. */
const CNAME_STEPS = 7;

const labelsOf = (name: string) =>
  name
    .toLowerCase()
    .slice(0, -ZONE.length - 1)
    .split(".")
    .filter((label) => label !== "");

interface Found {
  readonly answers: DnsRecord[];
  readonly additionals: DnsRecord[];
}

const none: Found = { answers: [], additionals: [] };
const empty = (code: DnsResponse["code"]): DnsResponse => ({
  code,
  authoritative: true,
  answers: [],
  authorities: [],
  additionals: [],
});
/** Nothing leaves the cluster: no name outside it exists. */
const outside = (): DnsResponse => ({ ...empty("NXDOMAIN"), authoritative: false });

function record(name: string, type: DnsRecordType, data: string): DnsRecord {
  return { name, type, ttl: TTL, data };
}

function soa(now: number): DnsRecord {
  const serial = Math.floor(now / 1000);
  return record(ZONE, "SOA", `ns.dns.${ZONE} hostmaster.${ZONE} ${serial} 7200 1800 86400 30`);
}

/** What the zone says of itself (CoreDNS, plugin/backend_lookup.go, SOA and NS; plugin/kubernetes/ns.go). */
function apex(type: DnsRecordType, now: number): Found {
  if (type === "SOA") return { answers: [soa(now)], additionals: [] };
  if (type !== "NS") return none;
  const server = `kube-dns.kube-system.svc.${ZONE}`;
  return { answers: [record(ZONE, "NS", server)], additionals: [record(server, "A", DNS_SERVICE_IP)] };
}

/** Undefined: there is no such name. No answers: the name exists, but not with this type. */
function lookup(
  store: Store,
  labels: readonly string[],
  type: DnsRecordType,
  asked: string,
  steps = CNAME_STEPS,
): Found | undefined {
  if (labels.length === 0) return none;
  const last = labels[labels.length - 1];
  if (last === "dns-version" && labels.length === 1) {
    return type === "TXT" ? { answers: [record(asked, "TXT", "1.1.0")], additionals: [] } : none;
  }
  if (last === "dns" && labels.length === 2 && labels[0] === "ns") return address(asked, type, [DNS_SERVICE_IP]);
  if (last !== "svc" && last !== "pod") return undefined;
  if (labels.length === 1) return none;
  const namespace = labels[labels.length - 2] ?? "";
  if (store.get("namespaces", undefined, namespace) === undefined) return undefined;
  const rest = labels.slice(0, -2);
  if (rest.length === 0) return none;
  return last === "pod" ? podRecord(rest, type, asked) : serviceRecord(store, namespace, rest, type, asked, steps);
}

function podRecord(rest: readonly string[], type: DnsRecordType, asked: string): Found | undefined {
  const ip = rest.length === 1 ? (rest[0] ?? "").replaceAll("-", ".") : "";
  return parseIPv4(ip) === undefined ? undefined : address(asked, type, [ip]);
}

function serviceRecord(
  store: Store,
  namespace: string,
  rest: readonly string[],
  type: DnsRecordType,
  asked: string,
  steps: number,
): Found | undefined {
  const name = rest[rest.length - 1] ?? "";
  const service = store.get("services", namespace, name) as Service | undefined;
  if (service === undefined) return undefined;
  const before = rest.slice(0, -1);
  if (before.length > 2) return undefined;
  if (service.spec?.type === "ExternalName") {
    if (before.length > 0) return undefined;
    const target = `${(service.spec.externalName ?? "").replace(/\.$/, "")}.`;
    const alias = record(asked, "CNAME", target);
    if (type === "CNAME" || !target.endsWith(`.${ZONE}`)) return { answers: [alias], additionals: [] };
    // As CoreDNS does (plugin/backend_lookup.go, A): a name of this cluster is followed, some steps far.
    const next = steps > 0 ? lookup(store, labelsOf(target), type, target, steps - 1) : undefined;
    return next === undefined ? { answers: [alias], additionals: [] } : { ...next, answers: [alias, ...next.answers] };
  }
  const base = `${name}.${namespace}.svc.${ZONE}`;
  const [first, second] = before;
  if (first !== undefined && second !== undefined) {
    if (!first.startsWith("_") || !second.startsWith("_")) return undefined;
    return srv(store, service, base, asked, type, first.slice(1), second.slice(1));
  }
  if (first !== undefined) {
    const hosts = endpointsOf(slicesOf(store, namespace, name)).filter((endpoint) => endpoint.host === first);
    if (hosts.length === 0) return undefined;
    if (type === "SRV") return srv(store, service, base, asked, type, undefined, undefined, first);
    return address(
      asked,
      type,
      hosts.map((endpoint) => endpoint.address),
    );
  }
  if (type === "SRV") return srv(store, service, base, asked, type, undefined, undefined);
  if (service.spec?.clusterIP !== "None") return address(asked, type, [service.spec?.clusterIP ?? ""]);
  const endpoints = endpointsOf(slicesOf(store, namespace, name));
  // A headless Service without a ready endpoint has no name at all.
  if (endpoints.length === 0) return undefined;
  return address(
    asked,
    type,
    endpoints.map((endpoint) => endpoint.address),
  );
}

function address(asked: string, type: DnsRecordType, addresses: readonly string[]): Found {
  if (type !== "A" && type !== "ANY") return none;
  return { answers: [...new Set(addresses)].map((ip) => record(asked, "A", ip)), additionals: [] };
}

function srv(
  store: Store,
  service: Service,
  base: string,
  asked: string,
  type: DnsRecordType,
  port: string | undefined,
  protocol: string | undefined,
  onlyHost?: string,
): Found | undefined {
  const targets: { readonly target: string; readonly address: string; readonly port: number }[] = [];
  const matches = (candidate: { name?: string | undefined; protocol?: string | undefined }) =>
    (port === undefined || candidate.name === port) &&
    (protocol === undefined || (candidate.protocol ?? "TCP").toLowerCase() === protocol);
  if (service.spec?.clusterIP === "None" || onlyHost !== undefined) {
    for (const slice of slicesOf(store, service.metadata.namespace ?? "", service.metadata.name ?? "")) {
      for (const slicePort of (slice.ports ?? []).filter(matches)) {
        for (const endpoint of endpointsOf([slice])) {
          if (onlyHost !== undefined && endpoint.host !== onlyHost) continue;
          targets.push({
            target: `${endpoint.host}.${base}`,
            address: endpoint.address,
            port: slicePort.port ?? 0,
          });
        }
      }
    }
  } else {
    for (const servicePort of (service.spec?.ports ?? []).filter(matches)) {
      targets.push({ target: base, address: service.spec?.clusterIP ?? "", port: servicePort.port });
    }
  }
  if (targets.length === 0) return undefined;
  if (type !== "SRV" && type !== "ANY") return none;
  const weight = Math.max(1, Math.floor(100 / targets.length));
  const additionals = new Map(targets.map(({ target, address: ip }) => [target, record(target, "A", ip)]));
  return {
    answers: targets.map(({ target, port: number }) => record(asked, "SRV", `0 ${weight} ${number} ${target}`)),
    additionals: [...additionals.values()],
  };
}

/** Ready endpoints with the name they have under their Service: the hostname, or the dashed address. */
function endpointsOf(slices: readonly EndpointSlice[]): EndpointRecord[] {
  const found: EndpointRecord[] = [];
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const ip of endpoint.addresses) {
        found.push({
          host: endpoint.hostname ?? ip.replaceAll(".", "-"),
          address: ip,
          named: endpoint.hostname !== undefined,
        });
      }
    }
  }
  return found;
}

function reverse(store: Store, asked: string, name: string): DnsResponse {
  const ip = name.slice(0, -".in-addr.arpa.".length).split(".").reverse().join(".");
  const names = new Set<string>();
  for (const service of store.list("services") as Service[]) {
    const base = `${service.metadata.name}.${service.metadata.namespace}.svc.${ZONE}`;
    if (service.spec?.clusterIP === ip) names.add(base);
    for (const endpoint of endpointsOf(
      slicesOf(store, service.metadata.namespace ?? "", service.metadata.name ?? ""),
    )) {
      // Only what has a hostname is found again by its address (CoreDNS, plugin/kubernetes/reverse.go).
      if (endpoint.address === ip && endpoint.named) names.add(`${endpoint.host}.${base}`);
    }
  }
  if (names.size === 0) return outside();
  return {
    ...empty("NOERROR"),
    answers: [...names].map((target) => record(asked, "PTR", target)),
  };
}
