/** Names to addresses as a C library does it: /etc/hosts, then /etc/resolv.conf with search paths and ndots. */
import { type DnsRecordType, type DnsResponse, isErrno, type Process } from "../../machine/index.ts";

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly ndots: number;
}

/** What /etc/resolv.conf says. */
export function resolverConfig(process: Process): ResolverConfig {
  const nameservers: string[] = [];
  let searches: string[] = [];
  let ndots = 1;
  for (const line of textOf(process, "/etc/resolv.conf").split("\n")) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === "nameserver" && words[0] !== undefined) nameservers.push(words[0]);
    else if (keyword === "search") searches = words;
    else if (keyword === "options") {
      const option = words.find((word) => word.startsWith("ndots:"));
      if (option !== undefined) ndots = Number(option.slice(6));
    }
  }
  return { nameservers, searches, ndots };
}

function textOf(process: Process, path: string): string {
  try {
    return process.files.readText(path);
  } catch (error) {
    if (isErrno(error)) return "";
    throw error;
  }
}

/** The names to ask for, in order, as search paths and ndots say. */
export function searchCandidates({ searches, ndots }: ResolverConfig, name: string): string[] {
  if (name.endsWith(".")) return [name];
  const relative = searches.map((search) => `${name}.${search}`);
  return name.split(".").length - 1 >= ndots ? [name, ...relative] : [...relative, name];
}

/** All answers of a type to a name, search paths applied; undefined where no name server knows it. */
export async function resolveName(
  process: Process,
  name: string,
  type: DnsRecordType,
): Promise<DnsResponse | undefined> {
  const config = resolverConfig(process);
  for (const candidate of searchCandidates(config, name)) {
    for (const server of config.nameservers) {
      try {
        const response = await process.network.query(server, { name: candidate, type }, process.signal);
        if (response.code === "NOERROR" && response.answers.length > 0) return response;
        break;
      } catch (error) {
        if (!isErrno(error)) throw error;
      }
    }
  }
  return undefined;
}

export async function resolveHost(process: Process, name: string): Promise<string | undefined> {
  return (await resolveAll(process, name))[0];
}

/** Every IPv4 address of a name. */
export async function resolveAll(process: Process, name: string): Promise<string[]> {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return [name];
  for (const line of textOf(process, "/etc/hosts").split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address !== undefined && /^\d+\./.test(address) && names.includes(name)) return [address];
  }
  const response = await resolveName(process, name, "A");
  return (response?.answers ?? []).filter(({ type }) => type === "A").map(({ data }) => data);
}

/** Targets of SRV records, as Go's net.LookupSRV gives them. */
export async function resolveService(process: Process, name: string): Promise<{ target: string; port: number }[]> {
  const response = await resolveName(process, name, "SRV");
  return (response?.answers ?? [])
    .filter(({ type }) => type === "SRV")
    .map(({ data }) => {
      const [, , port = "0", target = ""] = data.split(" ");
      return { target, port: Number(port) };
    });
}
