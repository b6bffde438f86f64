/** What a node is told by its environment. */
import type { Process } from "../../machine/index.ts";

export interface AkkaConfig {
  readonly system: string;
  readonly host: string;
  readonly port: number;
  readonly managementPort: number;
  readonly httpPort: number;
  /** Addresses to join by; the first may found the cluster. Empty: by discovery. */
  readonly seeds: readonly string[];
  /** Name in DNS whose addresses are asked for their cluster. */
  readonly discovery: string | undefined;
  readonly contactPoints: number;
  readonly roles: readonly string[];
  /** ms that a partition must have lasted before anybody is given up. */
  readonly stableAfterMs: number;
  /** Where the counter is kept; undefined: in memory alone. */
  readonly dataDir: string | undefined;
}

export class AkkaConfigError extends Error {}

/** A Go-like or HOCON duration: "20s", "500ms", "20 seconds". */
function duration(text: string): number {
  const match = /^(\d+)\s*(ms|milliseconds?|s|seconds?|m|minutes?)$/.exec(text.trim());
  if (match === null) throw new AkkaConfigError(`Could not parse duration '${text}'`);
  const [, number, unit = "s"] = match;
  return (
    Number(number) * (unit.startsWith("ms") || unit.startsWith("milli") ? 1 : unit.startsWith("m") ? 60_000 : 1000)
  );
}

/** The machine's full name, where /etc/hosts has it. */
function fullName(process: Process): string {
  const { hostname } = process.machine;
  const words = process.files.exists("/etc/hosts") ? process.files.readText("/etc/hosts").split(/\s+/) : [];
  return words.find((word) => word.startsWith(`${hostname}.`)) ?? hostname;
}

export function readAkkaConfig(process: Process): AkkaConfig {
  const get = (name: string) => process.env.get(name) || undefined;
  const port = (name: string, otherwise: number) => {
    const value = get(name);
    // A Service of that name leaves "tcp://..." there.
    if (value !== undefined && !/^\d+$/.test(value)) throw new AkkaConfigError(`${name}: '${value}' is not a port`);
    return value === undefined ? otherwise : Number(value);
  };
  const system = get("AKKA_CLUSTER_NAME") ?? "ClusterSystem";
  const remotePort = port("AKKA_REMOTE_PORT", 25_520);
  const seeds = (get("AKKA_SEED_NODES") ?? "")
    .split(",")
    .map((seed) => seed.trim())
    .filter(Boolean)
    .map((seed) => {
      const match = /^(?:akka(?:\.tcp)?:\/\/([^@]+)@)?([^:/]+)(?::(\d+))?$/.exec(seed);
      if (match === null) throw new AkkaConfigError(`seed node '${seed}' is no address`);
      const [, name = system, host = "", seedPort = String(remotePort)] = match;
      if (name !== system)
        throw new AkkaConfigError(`seed node '${seed}' belongs to the system ${name}, this is ${system}`);
      return `akka://${system}@${host}:${seedPort}`;
    });
  const discovery = get("AKKA_BOOTSTRAP_SERVICE");
  if (seeds.length > 0 && discovery !== undefined)
    throw new AkkaConfigError("AKKA_SEED_NODES and AKKA_BOOTSTRAP_SERVICE exclude each other");
  const resolver = get("AKKA_SPLIT_BRAIN_RESOLVER") ?? "keep-majority";
  if (resolver !== "keep-majority")
    throw new AkkaConfigError(`active-strategy ${resolver} is not supported here, keep-majority is`);
  return {
    system,
    host: get("AKKA_REMOTE_HOST") ?? fullName(process),
    port: remotePort,
    managementPort: port("AKKA_MANAGEMENT_PORT", 8558),
    httpPort: port("HTTP_PORT", 8080),
    seeds,
    discovery,
    contactPoints: Number(get("REQUIRED_CONTACT_POINT_NR") ?? 2),
    roles: [
      ...(get("AKKA_ROLES") ?? "")
        .split(",")
        .map((role) => role.trim())
        .filter(Boolean),
      "dc-default",
    ],
    stableAfterMs: duration(get("AKKA_SBR_STABLE_AFTER") ?? "20s"),
    dataDir: get("AKKA_DATA_DIR"),
  };
}

export function placeOf(address: string): { readonly host: string; readonly port: number } {
  const match = /@([^:]+):(\d+)$/.exec(address);
  return { host: match?.[1] ?? "", port: Number(match?.[2] ?? 0) };
}
