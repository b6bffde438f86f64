/** What dig and both kinds of nslookup have in common. */
import { type ErrnoCode, isErrno } from "../../errno.ts";
import type { DnsRecordType, DnsResponse, Process } from "../../types.ts";
import { isAddress, lookUp } from "./resolver.ts";

export const TYPES: readonly DnsRecordType[] = ["A", "AAAA", "SRV", "PTR", "CNAME", "NS", "SOA", "TXT", "MX", "ANY"];
export const DNS_PORT = 53;

export function reverseName(address: string): string {
  return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
}

export function dotted(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

export const undotted = (name: string): string => name.replace(/\.$/, "");

/** A server given by name is looked up first. */
export async function serverAddress(process: Process, server: string): Promise<string | undefined> {
  if (isAddress(server)) return server;
  const looked = await lookUp(process, server, "A");
  return "failed" in looked ? undefined : looked.response.answers.find(({ type }) => type === "A")?.data;
}

interface Asking {
  readonly port?: number;
  /** How long a server may take. */
  readonly timeoutMs?: number;
}

/** The answer, or why there is none. */
export async function ask(
  process: Process,
  server: string,
  question: { readonly name: string; readonly type: DnsRecordType },
  { port = DNS_PORT, timeoutMs }: Asking = {},
): Promise<DnsResponse | ErrnoCode> {
  // Servers of names listen on one port alone.
  if (port !== DNS_PORT) return "ECONNREFUSED";
  const late = new AbortController();
  const cancel = timeoutMs === undefined ? undefined : process.clock.after(timeoutMs, () => late.abort());
  try {
    return await process.network.query(server, question, AbortSignal.any([late.signal, process.signal]));
  } catch (error) {
    if (late.signal.aborted && !process.signal.aborted) return "ETIMEDOUT";
    if (isErrno(error)) return error.code;
    throw error;
  } finally {
    cancel?.();
  }
}
