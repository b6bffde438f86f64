/** Names to addresses, as the C library does it: /etc/hosts, then the servers of /etc/resolv.conf with search and ndots. */
import { isErrno } from "../../errno.ts";
import type { DnsRecordType, DnsResponse, Process } from "../../types.ts";

interface ResolverSettings {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
}

export function resolverSettings(process: Process): ResolverSettings {
  const servers: string[] = [];
  let search: string[] = [];
  let ndots = 1;
  for (const line of textOf(process, "/etc/resolv.conf").split("\n")) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "nameserver" && words[0] !== undefined) servers.push(words[0]);
    else if (keyword === "search" || keyword === "domain") search = words;
    else if (keyword === "options")
      for (const word of words) if (word.startsWith("ndots:")) ndots = Number(word.slice(6));
  }
  return { servers: servers.length === 0 ? ["127.0.0.1"] : servers, search, ndots };
}

function textOf(process: Process, path: string): string {
  try {
    return process.files.readText(path);
  } catch (error) {
    if (isErrno(error)) return "";
    throw error;
  }
}

export function isAddress(text: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(text) || text.includes(":");
}

/** Full names to ask for, in order. */
export function candidates(name: string, settings: ResolverSettings): string[] {
  if (name.endsWith(".")) return [name];
  const searched = settings.search.map((domain) => `${name}.${domain}`);
  return name.split(".").length - 1 >= settings.ndots ? [name, ...searched] : [...searched, name];
}

type Lookup =
  | { readonly name: string; readonly server: string; readonly response: DnsResponse }
  /** `unreachable`: no server answered; else what the last answer said. */
  | { readonly failed: "unreachable" | DnsResponse["code"]; readonly name: string; readonly server: string };

/** Asks for the name with search domains until one exists. */
export async function lookUp(process: Process, name: string, type: DnsRecordType, server?: string): Promise<Lookup> {
  const settings = resolverSettings(process);
  const servers = server === undefined ? settings.servers : [server];
  let failed: Lookup = { failed: "NXDOMAIN", name, server: servers[0] ?? "" };
  for (const candidate of candidates(name, settings)) {
    for (const address of servers) {
      try {
        const response = await process.network.query(address, { name: candidate, type }, process.signal);
        if (response.code === "NOERROR" && response.answers.length > 0)
          return { name: candidate, server: address, response };
        failed = { failed: response.code, name: candidate, server: address };
        break;
      } catch (error) {
        if (!isErrno(error)) throw error;
        failed = { failed: "unreachable", name: candidate, server: address };
      }
    }
    if (failed.failed === "unreachable") return failed;
  }
  return failed;
}

/** A host's IPv4 addresses, and the name it officially has. */
interface Host {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** As getaddrinfo(3) finds it, or why it does not. */
export async function resolveHost(process: Process, name: string): Promise<Host | "not found" | "try again"> {
  if (isAddress(name)) return { name, addresses: [name] };
  const found: string[] = [];
  let official = name;
  for (const line of textOf(process, "/etc/hosts").split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (!address || !names.includes(name) || address.includes(":")) continue;
    if (found.length === 0) official = names[0] ?? name;
    found.push(address);
  }
  if (found.length > 0) return { name: official, addresses: found };
  const looked = await lookUp(process, name, "A");
  if ("failed" in looked)
    return looked.failed === "unreachable" || looked.failed === "SERVFAIL" ? "try again" : "not found";
  const records = looked.response.answers.filter(({ type }) => type === "A");
  if (records.length === 0) return "not found";
  return { name: (records[0]?.name ?? name).replace(/\.$/, ""), addresses: records.map(({ data }) => data) };
}

/** IPv4 addresses of a host name, or why there are none. */
export async function hostAddresses(
  process: Process,
  name: string,
): Promise<readonly string[] | "not found" | "try again"> {
  const host = await resolveHost(process, name);
  return typeof host === "string" ? host : host.addresses;
}
