/** mongod's command line and configuration file. */
import type { Process } from "../../machine/index.ts";

export interface MongodOptions {
  readonly port: number;
  readonly dbPath: string;
  readonly replSet: string | undefined;
  readonly keyFile: string | undefined;
  readonly auth: boolean;
  /** All addresses, not only the local one. */
  readonly bindAll: boolean;
}

export class OptionsError extends Error {}

/** Options that change nothing here. */
const WITHOUT_EFFECT =
  /^(quiet|v+|verbose|wiredTigerCacheSizeGB|oplogSize|storageEngine|directoryperdb|journal|journalCommitInterval|maxConns|noscripting|profile|slowms|ipv6|logappend|timeStampFormat|setParameter|unixSocketPrefix|nounixsocket|syncdelay|enableMajorityReadConcern|pidfilepath)$/;
const FLAGS =
  /^(quiet|v+|verbose|journal|directoryperdb|noscripting|ipv6|logappend|nounixsocket|auth|noauth|bind_ip_all)$/;
/** Options of old releases that later ones do not know. */
const GONE = /^(smallfiles|noprealloc|rest|httpinterface|nojournal|nssize|master|slave)$/;

const FILE_NAMES: Readonly<Record<string, string>> = {
  "net.port": "port",
  "net.bindIp": "bind_ip",
  "net.bindIpAll": "bind_ip_all",
  "storage.dbPath": "dbpath",
  "storage.journal.enabled": "journal",
  "storage.wiredTiger.engineConfig.cacheSizeGB": "wiredTigerCacheSizeGB",
  "storage.engine": "storageEngine",
  "replication.replSetName": "replSet",
  "replication.oplogSizeMB": "oplogSize",
  "security.keyFile": "keyFile",
  "security.authorization": "authorization",
  "systemLog.quiet": "quiet",
  "systemLog.verbosity": "verbose",
  "processManagement.timeZoneInfo": "quiet",
};

/** Throws `OptionsError` with the line mongod prints. */
export function readOptions(process: Process): MongodOptions {
  const found = new Map<string, string>();
  const args = process.argv.slice(1);
  const take = (name: string, value: string) => {
    if (
      GONE.test(name) ||
      (!WITHOUT_EFFECT.test(name) &&
        !/^(port|dbpath|replSet|keyFile|auth|noauth|bind_ip|bind_ip_all|authorization|config|f|clusterAuthMode)$/.test(
          name,
        ))
    )
      throw new OptionsError(
        `Error parsing command line: unrecognised option '--${name}'\ntry 'mongod --help' for more information`,
      );
    found.set(name, value);
  };
  for (let index = 0; index < args.length; index++) {
    const match = /^--?([\w]+)(?:=(.*))?$/s.exec(args[index] ?? "");
    if (match?.[1] === undefined)
      throw new OptionsError(
        `Error parsing command line: too many positional options have been specified on the command line\ntry 'mongod --help' for more information`,
      );
    const name = match[1];
    if (/^(fork|logpath|shardsvr|configsvr|configdb|tlsMode|sslMode|tlsCertificateKeyFile)$/.test(name))
      throw new OptionsError(`Error parsing command line: --${name} is not supported here`);
    if (
      !FLAGS.test(name) &&
      match[2] === undefined &&
      (args[index + 1] === undefined || args[index + 1]?.startsWith("--") === true) &&
      !GONE.test(name) &&
      /^(port|dbpath|replSet|keyFile|bind_ip|config|f)$/.test(name)
    )
      throw new OptionsError(
        `Error parsing command line: required parameter is missing in '--${name}'\ntry 'mongod --help' for more information`,
      );
    take(name, match[2] ?? (FLAGS.test(name) || GONE.test(name) ? "true" : (args[++index] ?? "")));
  }
  const file = found.get("config") ?? found.get("f");
  if (file !== undefined) for (const [name, value] of readFile(process, file)) if (!found.has(name)) take(name, value);
  const keyFile = found.get("keyFile");
  const bind = (found.get("bind_ip") ?? "localhost").split(",");
  return {
    port: Number(found.get("port") ?? 27017),
    dbPath: found.get("dbpath") ?? "/data/db",
    replSet: found.get("replSet")?.split("/")[0],
    keyFile,
    auth: found.get("auth") === "true" || found.get("authorization") === "enabled" || keyFile !== undefined,
    bindAll:
      found.get("bind_ip_all") === "true" ||
      bind.some((one) => one !== "localhost" && one !== "127.0.0.1" && one !== "::1"),
  };
}

/** The YAML that mongod.conf uses: maps within maps by indentation. */
function readFile(process: Process, path: string): [string, string][] {
  if (!process.files.exists(path))
    throw new OptionsError(
      `Error opening config file '${path}': No such file or directory\ntry 'mongod --help' for more information`,
    );
  const stack: { readonly indent: number; readonly name: string }[] = [];
  const result: [string, string][] = [];
  for (const raw of process.files.readText(path).split("\n")) {
    const match = /^(\s*)([\w]+):\s*(.*?)\s*$/.exec(raw.replace(/\s#.*$/, "").replace(/^#.*$/, ""));
    if (match?.[2] === undefined) continue;
    const indent = match[1]?.length ?? 0;
    while ((stack.at(-1)?.indent ?? -1) >= indent) stack.pop();
    stack.push({ indent, name: match[2] });
    if (!match[3]) continue;
    const full = stack.map(({ name }) => name).join(".");
    const name = FILE_NAMES[full];
    if (name === undefined)
      throw new OptionsError(`Unrecognized option: ${full}\ntry 'mongod --help' for more information`);
    result.push([name, match[3].replace(/^(["'])(.*)\1$/, "$2")]);
  }
  return result;
}

/** Why a key file is refused; undefined where it is fine. */
export function keyFileProblem(process: Process, path: string): string | undefined {
  if (!process.files.exists(path)) return `Error opening file: ${path}: No such file or directory`;
  if ((process.files.stat(path).mode & 0o077) !== 0) return `permissions on ${path} are too open`;
  const key = process.files.readText(path).replace(/\s/g, "");
  if (key.length < 6 || key.length > 1024)
    return `security key in ${path} has length ${key.length}, must be between 6 and 1024 chars`;
  return undefined;
}
