/** /etc/hosts, /etc/hostname and /etc/resolv.conf of a Pod (kubelet_pods.go, network/dns). Pure. */
import type { Pod } from "../api/types.ts";
import { CLUSTER_DOMAIN, DNS_SERVICE_IP } from "../network/addresses.ts";

/** The name a Pod's containers see, and its FQDN where a subdomain is set. */
export function podHostname(pod: Pod): { readonly hostname: string; readonly fqdn: string | undefined } {
  const hostname = truncate(pod.spec?.hostname || pod.metadata.name || "");
  const subdomain = pod.spec?.subdomain;
  const fqdn = subdomain ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${CLUSTER_DOMAIN}` : undefined;
  return { hostname: pod.spec?.setHostnameAsFQDN === true && fqdn !== undefined ? fqdn : hostname, fqdn };
}

/** Host names have at most 63 characters and do not end in "-" or ".". */
function truncate(name: string): string {
  return name.length <= 63 ? name : name.slice(0, 63).replace(/[-.]+$/, "");
}

export function hostsFile(pod: Pod, podIP: string): string {
  const { hostname, fqdn } = podHostname(pod);
  const lines = [
    pod.spec?.hostNetwork === true
      ? "# Kubernetes-managed hosts file (host network)."
      : "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
  ];
  const short = truncate(pod.spec?.hostname || pod.metadata.name || "");
  if (podIP !== "") lines.push(fqdn === undefined ? `${podIP}\t${hostname}` : `${podIP}\t${fqdn}\t${short}`);
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length > 0) {
    lines.push("", "# Entries added by HostAliases.");
    for (const alias of aliases) lines.push([alias.ip, ...(alias.hostnames ?? [])].join("\t"));
  }
  return `${lines.join("\n")}\n`;
}

/** What the node itself resolves with: nothing outside answers, so it has the cluster's DNS without search paths. */
const NODE_RESOLV = `nameserver ${DNS_SERVICE_IP}\n`;

export function resolvFile(pod: Pod): string {
  const policy = pod.spec?.dnsPolicy ?? "ClusterFirst";
  const config = pod.spec?.dnsConfig;
  const nameservers: string[] = [];
  let searches: string[] = [];
  const options = new Map<string, string | undefined>();
  const cluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && pod.spec?.hostNetwork !== true);
  if (policy !== "None") {
    nameservers.push(DNS_SERVICE_IP);
    if (cluster) {
      const namespace = pod.metadata.namespace ?? "";
      searches = [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN];
      options.set("ndots", "5");
    } else if (config === undefined) {
      return NODE_RESOLV;
    }
  }
  for (const server of config?.nameservers ?? []) if (!nameservers.includes(server)) nameservers.push(server);
  searches = [...new Set([...searches, ...(config?.searches ?? [])])].slice(0, 32);
  for (const option of config?.options ?? []) if (option.name) options.set(option.name, option.value);
  let text = "";
  if (searches.length > 0) text += `search ${searches.join(" ")}\n`;
  for (const server of nameservers.slice(0, 3)) text += `nameserver ${server}\n`;
  if (options.size > 0) {
    text += `options ${[...options].map(([name, value]) => (value === undefined || value === "" ? name : `${name}:${value}`)).join(" ")}\n`;
  }
  return text;
}
