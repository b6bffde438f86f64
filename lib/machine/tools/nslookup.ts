/** nslookup as BIND 9.18 has it (bin/dig/nslookup.c, dighost.c). */
import type { DnsRecord, DnsRecordType, DnsResponse, Process, Program } from "../types.ts";
import { ask, DNS_PORT, dotted, reverseName, serverAddress, TYPES, undotted } from "./support/dns.ts";
import { candidates, isAddress, resolverSettings } from "./support/resolver.ts";
import { type AnyTool, Lines, Output } from "./support/tool.ts";

const VERSION = "9.18.49-1~deb12u3-Debian";
const TRIES = 3;
const TIMEOUT_SECONDS = 5;

const USAGE = `Usage:
   nslookup [-opt ...]             # interactive mode using default server
   nslookup [-opt ...] - server    # interactive mode using 'server'
   nslookup [-opt ...] host        # just look up 'host' using default server
   nslookup [-opt ...] host server # just look up 'host' using 'server'
`;

interface Settings {
  server: string;
  /** Undefined: addresses of both families. */
  type: DnsRecordType | undefined;
  search: boolean;
  domain: string | undefined;
  debug: boolean;
  port: number;
  tries: number;
  timeoutMs: number;
  /** Whether it says that a server does not recurse: not where the server was chosen. */
  checksRecursion: boolean;
}

/** Changes the settings as "set WORD" does; what it complains of. */
function set(settings: Settings, word: string): string {
  const [name = "", value = ""] = word.split("=", 2);
  const lower = name.toLowerCase();
  const number = Number(value);
  if (word.includes("=")) {
    if (/^(type|ty|querytype|query|qu|q)$/.test(lower)) {
      const found = TYPES.find((known) => known === value.toUpperCase());
      if (found === undefined) return `unknown query type: ${value}\n`;
      settings.type = found;
    } else if (/^po(rt)?$/.test(lower)) settings.port = number;
    else if (/^(timeout|ti)$/.test(lower)) settings.timeoutMs = Math.max(1, number) * 1000;
    else if (/^ret(ry)?$/.test(lower)) settings.tries = Math.max(1, number);
    else if (/^do(main)?$/.test(lower)) settings.domain = value;
    else if (!/^(class|cl|ndots|srchlist)$/.test(lower)) return `*** Invalid option: ${word}\n`;
  } else if (/^nosea(rch)?$/.test(lower)) settings.search = false;
  else if (/^sea(rch)?$/.test(lower)) settings.search = true;
  else if (/^deb(ug)?$/.test(lower)) settings.debug = true;
  else if (/^nodeb(ug)?$/.test(lower)) settings.debug = false;
  else if (!/^(no)?(recurse|rec|vc|d2|defname|def|fail|besteffort|aaonly|aaflag)$/.test(lower))
    return `*** Invalid option: ${word}\n`;
  return "";
}

export const nslookup: Program = (process) => run(process, true);
/** Before 9.12 nothing was said of servers that do not recurse. */
export const oldNslookup: Program = (process) => run(process, false);

async function run(process: Process, checksRecursion: boolean): Promise<number> {
  const system = resolverSettings(process);
  const settings: Settings = {
    server: system.servers[0] ?? "127.0.0.1",
    type: undefined,
    search: true,
    domain: undefined,
    debug: false,
    port: DNS_PORT,
    tries: TRIES,
    timeoutMs: TIMEOUT_SECONDS * 1000,
    checksRecursion,
  };
  const operands: string[] = [];
  let said = "";
  for (const word of process.argv.slice(1)) {
    if (word === "-version" || word === "-v") {
      await process.stderr.write(`nslookup ${VERSION}\n`);
      return 0;
    }
    if (word.startsWith("-") && word !== "-" && operands.length === 0) said += set(settings, word.slice(1));
    else operands.push(word);
  }
  if (said !== "") await process.stdout.write(said);
  if (operands.length > 2) {
    await process.stderr.write(USAGE);
    return 1;
  }
  const [name, server] = operands;
  if (server !== undefined && !(await choose(process, settings, server))) return 1;
  if (name === undefined || name === "-") return converse(process, settings);
  return (await look(process, settings, name)) ? 0 : 1;
}

/** False where there is no such server. */
async function choose(process: Process, settings: Settings, server: string): Promise<boolean> {
  if ((await serverAddress(process, server)) === undefined) {
    await process.stderr.write(`nslookup: couldn't get address for '${server}': not found\n`);
    return false;
  }
  settings.server = server;
  settings.checksRecursion = false;
  return true;
}

async function converse(process: Process, settings: Settings): Promise<number> {
  const interactive = process.isTerminal(0);
  const lines = new Lines(reading(process), process.stdin, false);
  if (interactive) await process.stdout.write("> ");
  for await (const batch of lines) {
    for (const line of batch) {
      await process.spend(16);
      const [command = "", first = "", second] = line.trim().split(/\s+/);
      if (command === "exit") return 0;
      if (command === "server" || command === "lserver") {
        if (await choose(process, settings, first)) {
          const address = await serverAddress(process, first);
          await process.stdout.write(`Default server: ${first}\nAddress: ${address}#${settings.port}\n`);
        }
      } else if (command === "set") await process.stdout.write(set(settings, first));
      else if (command === "host" || (command !== "" && !command.startsWith("#"))) {
        const [name, at] = command === "host" ? [first, second] : [command, first === "" ? undefined : first];
        const chosen = { ...settings };
        if (at === undefined || (await choose(process, chosen, at))) await look(process, chosen, name);
      }
      if (interactive) await process.stdout.write("> ");
    }
  }
  if (interactive) await process.stdout.write("\n");
  return 0;
}

function reading(process: Process): AnyTool {
  return {
    process,
    out: new Output(process.stdout),
    open: () => process.stdin,
    spend: (units) => process.spend(units),
    complain: async (message) => process.stderr.write(`nslookup: ${message}\n`),
    die: (message) => Promise.reject(new Error(message)),
  };
}

/** Looks a name up and prints what came of it; false where nothing did. */
async function look(process: Process, settings: Settings, name: string): Promise<boolean> {
  const address = (await serverAddress(process, settings.server)) ?? settings.server;
  const say = (text: string) => process.stdout.write(text);
  /** Undefined, after it has said so, where no server answers. */
  const query = async (asked: string, type: DnsRecordType): Promise<DnsResponse | undefined> => {
    for (let attempt = 0; attempt < settings.tries; attempt++) {
      const answer = await ask(process, address, { name: asked, type }, settings);
      if (typeof answer === "object") {
        if (!answer.authoritative || !settings.checksRecursion) {
          if (answer.code === "SERVFAIL" && settings.checksRecursion)
            await say(`;; Got SERVFAIL reply from ${address}\n`);
        } else await say(`;; Got recursion not available from ${address}\n`);
        return answer;
      }
      const why =
        answer === "ECONNREFUSED"
          ? "connection refused"
          : answer === "ETIMEDOUT"
            ? "timed out"
            : answer === "ENETUNREACH"
              ? "network unreachable"
              : "host unreachable";
      await say(`;; communications error to ${address}#${settings.port}: ${why}\n`);
      if (answer !== "ETIMEDOUT") break;
    }
    await say(";; no servers could be reached\n\n");
    return undefined;
  };
  const isReverse = isAddress(name);
  const system = resolverSettings(process);
  const search = settings.domain === undefined ? system.search : [settings.domain];
  const names = isReverse ? [reverseName(name)] : settings.search ? candidates(name, { ...system, search }) : [name];
  const type = isReverse ? "PTR" : (settings.type ?? "A");
  let response: DnsResponse | undefined;
  let asked = name;
  for (asked of names) {
    response = await query(asked, type);
    if (response === undefined) return false;
    if (response.code !== "NXDOMAIN") break;
  }
  if (response === undefined) return false;
  const shown = undotted(response.code === "NXDOMAIN" && !isReverse ? name : asked);
  if (!isReverse || settings.type !== undefined)
    await say(`Server:\t\t${settings.server}\nAddress:\t${address}#${settings.port}\n\n`);
  if (settings.debug) await say(debugText(response, asked, type));
  if (response.code !== "NOERROR") {
    await say(`** server can't find ${shown}: ${response.code}\n\n`);
    return false;
  }
  if (!response.authoritative) await say("Non-authoritative answer:\n");
  await say(response.answers.map(bindText).join(""));
  if (isReverse || settings.type !== undefined) {
    await say(response.answers.length === 0 ? `*** Can't find ${undotted(name)}: No answer\n\n` : "\n");
    return true;
  }
  // The addresses of the other family: of the name at the end of the aliases.
  const alias = response.answers.filter(({ type: kind }) => kind === "CNAME").at(-1)?.data ?? asked;
  const further = await query(alias, "AAAA");
  if (further === undefined) return false;
  if (settings.debug) await say(debugText(further, alias, "AAAA"));
  if (further.code !== "NOERROR") {
    await say(`** server can't find ${undotted(alias)}: ${further.code}\n\n`);
    return false;
  }
  await say(further.answers.map(bindText).join(""));
  if (response.answers.length === 0 && further.answers.length === 0)
    await say(`*** Can't find ${undotted(name)}: No answer\n`);
  await say("\n");
  return true;
}

function bindText({ name, type, data }: DnsRecord): string {
  const owner = undotted(name);
  switch (type) {
    case "A":
    case "AAAA":
      return `Name:\t${owner}\nAddress: ${data}\n`;
    case "SOA":
      return `${owner}\n${soaText(data)}`;
    case "TXT":
      return `${owner}\ttext = "${data}"\n`;
    default:
      return `${owner}\t${MEANING[type] ?? type} = ${dotted(data)}\n`;
  }
}

const MEANING: Readonly<Partial<Record<DnsRecordType, string>>> = {
  SRV: "service",
  CNAME: "canonical name",
  NS: "nameserver",
  PTR: "name",
  MX: "mail exchanger",
};

const SOA_FIELDS = ["origin", "mail addr", "serial", "refresh", "retry", "expire", "minimum"] as const;

function soaText(data: string): string {
  const words = data.split(" ");
  return SOA_FIELDS.map((field, index) => `\t${field} = ${undotted(words[index] ?? "")}\n`).join("");
}

/** What -debug shows of a message. */
function debugText({ answers, authorities, additionals }: DnsResponse, asked: string, type: DnsRecordType): string {
  const section = (title: string, records: readonly DnsRecord[]) =>
    `    ${title}:\n${records
      .map((record) => {
        const text =
          record.type === "A"
            ? `\tinternet address = ${record.data}\n`
            : record.type === "SOA"
              ? soaText(record.data)
              : `\t${MEANING[record.type] ?? record.type} = ${record.type === "AAAA" ? record.data : dotted(record.data)}\n`;
        return `    ->  ${undotted(record.name)}\n${text}\tttl = ${record.ttl}\n`;
      })
      .join("")}`;
  const line = "------------\n";
  const question = `    QUESTIONS:\n\t${undotted(asked)}, type = ${type}, class = IN\n`;
  return `${line}${question}${section("ANSWERS", answers)}${section("AUTHORITY RECORDS", authorities)}${section("ADDITIONAL RECORDS", additionals)}${line}`;
}
