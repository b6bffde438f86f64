/** IPv4 arithmetic and the ranges of this cluster. Pure: usable by the API server's Service strategy. */

/** kube-apiserver --service-cluster-ip-range */
export const SERVICE_CIDR = "10.96.0.0/12";
/** kube-apiserver --service-node-port-range */
export const NODE_PORT_RANGE = { first: 30000, last: 32767 } as const;
/** kube-controller-manager --cluster-cidr; each node has a /24 of it. */
export const CLUSTER_CIDR = "10.244.0.0/16";
/** Where LoadBalancer Services get their address from. */
const LOAD_BALANCER_CIDR = "172.18.255.0/24";
/** The `kubernetes` Service. */
export const API_SERVICE_IP = "10.96.0.1";
/** The `kube-dns` Service. */
export const DNS_SERVICE_IP = "10.96.0.10";
export const CLUSTER_DOMAIN = "cluster.local";

/** The address as an unsigned 32-bit number; undefined where the text is no IPv4 address. */
export function parseIPv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIPv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

interface Cidr {
  readonly first: number;
  readonly size: number;
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = parseIPv4(text.slice(0, slash));
  const bits = Number(text.slice(slash + 1));
  if (slash === -1 || address === undefined || !Number.isInteger(bits) || bits < 0 || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  return { first: Math.floor(address / size) * size, size };
}

export function cidrContains(cidr: string, address: string): boolean {
  const range = parseCidr(cidr);
  const value = parseIPv4(address);
  return range !== undefined && value !== undefined && value >= range.first && value < range.first + range.size;
}

/**
 * A free address of the Service range. As upstream (registry/core/service/ipallocator), dynamic addresses come from
 * the upper band first, so that low ones stay free for people who choose their own.
 */
export function nextClusterIP(isUsed: (address: string) => boolean, random: () => number): string | undefined {
  return pick(SERVICE_CIDR, 256, isUsed, random);
}

/** A free node port; undefined where all 2768 are taken. */
export function nextNodePort(isUsed: (port: number) => boolean, random: () => number): number | undefined {
  const count = NODE_PORT_RANGE.last - NODE_PORT_RANGE.first + 1;
  const start = Math.floor(random() * count);
  for (let step = 0; step < count; step++) {
    const port = NODE_PORT_RANGE.first + ((start + step) % count);
    if (!isUsed(port)) return port;
  }
  return undefined;
}

/** The next load balancer address that nobody has, in order. */
export function nextLoadBalancerIP(isUsed: (address: string) => boolean): string | undefined {
  return pick(LOAD_BALANCER_CIDR, 1, isUsed, () => 0);
}

function pick(
  cidr: string,
  offset: number,
  isUsed: (address: string) => boolean,
  random: () => number,
): string | undefined {
  const range = parseCidr(cidr);
  if (range === undefined) return undefined;
  // The last address of the range (broadcast) is never given.
  const count = range.size - offset - 1;
  const start = Math.floor(random() * count);
  for (let step = 0; step < count; step++) {
    const address = formatIPv4(range.first + offset + ((start + step) % count));
    if (!isUsed(address)) return address;
  }
  return undefined;
}
