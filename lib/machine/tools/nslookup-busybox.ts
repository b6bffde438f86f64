/**
 * nslookup of BusyBox since 1.29 (networking/nslookup.c): every type and every search domain is a question of its own,
 * all are asked and all answers shown. A name with a dot is asked as it stands, whatever ndots says.
 */
import type { DnsRecord, DnsRecordType, DnsResponse, Process, Program } from "../types.ts";
import { ask, DNS_PORT, reverseName, serverAddress, TYPES, undotted } from "./support/dns.ts";
import { isAddress, resolverSettings } from "./support/resolver.ts";

const USAGE =
  "BusyBox v1.36.1 multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n\nAsk a name server about HOST\n\nQUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any\n";

/** Each server is waited for so long, so often. */
const TIMEOUT_MS = 5000;

interface Request {
  readonly name: string;
  readonly server: string | undefined;
  readonly types: readonly DnsRecordType[];
  readonly debug: boolean;
  readonly port: number;
  readonly timeoutMs: number;
}

/** A string: the complaint; an empty one: the page alone. */
function parse(words: readonly string[]): Request | string {
  const operands: string[] = [];
  const types: DnsRecordType[] = [];
  let [debug, port, timeoutMs] = [false, DNS_PORT, TIMEOUT_MS];
  let options = true;
  for (const word of words) {
    const [, name = "", value] = /^--?([a-z]*)(?:=(.*))?$/.exec(options ? word : "") ?? [];
    if (!options || !word.startsWith("-")) {
      options = false;
      operands.push(word);
    } else if (value === undefined) {
      if (name === "" || !"debug".startsWith(name)) return "";
      debug = true;
    } else if (name !== "" && ("type".startsWith(name) || "querytype".startsWith(name))) {
      const type = TYPES.find((known) => known === value.toUpperCase());
      if (type === undefined) return `invalid query type "${value}"`;
      types.push(type);
    } else if (name !== "" && "port".startsWith(name)) port = Number(value);
    else if (name !== "" && "timeout".startsWith(name)) timeoutMs = Number(value) * 1000;
    else if (name === "" || !"retry".startsWith(name)) return "";
  }
  const [name, server, extra] = operands;
  if (name === undefined || extra !== undefined) return "";
  return { name, server, types, debug, port, timeoutMs };
}

export const busyboxNslookup: Program = async (process) => {
  const request = parse(process.argv.slice(1));
  if (typeof request === "string") {
    await process.stderr.write(request === "" ? USAGE : `nslookup: ${request}\n`);
    return 1;
  }
  const { name, debug } = request;
  const system = resolverSettings(process);
  const chosen = request.server ?? system.servers[0] ?? "127.0.0.1";
  const server = await serverAddress(process, chosen);
  if (server === undefined) {
    await process.stderr.write(`nslookup: bad address '${chosen}'\n`);
    return 1;
  }
  const reversed = request.types.length === 0 && isAddress(name);
  const types: readonly DnsRecordType[] = reversed
    ? ["PTR"]
    : request.types.length === 0
      ? ["A", "AAAA"]
      : request.types;
  const names = reversed
    ? [reverseName(name)]
    : name.includes(".") || system.search.length === 0
      ? [name]
      : system.search.map((domain) => `${name}.${domain}`);
  const questions = types.flatMap((type) => names.map((asked) => ({ name: asked, type })));
  const answers = await Promise.all(questions.map((question) => ask(process, server, question, request)));
  let out = `Server:\t\t${chosen}\nAddress:\t${server}:${request.port}\n\n`;
  let failed = 0;
  for (const [index, answer] of answers.entries()) {
    if (typeof answer === "string") return silence(process, server, answer === "ECONNREFUSED");
    if (debug) out += `Query #${index} completed in 0ms:\n`;
    if (answer.code !== "NOERROR") failed++;
    out += shown(answer, questions[index]?.name ?? name, debug);
  }
  await process.stdout.write(out);
  return failed > 0 ? 1 : 0;
};

async function silence(process: Process, server: string, refused: boolean): Promise<number> {
  if (refused) await process.stderr.write(`nslookup: write to '${server}': Connection refused\n`);
  await process.stdout.write(";; connection timed out; no servers could be reached\n\n");
  return 1;
}

function shown(response: DnsResponse, asked: string, debug: boolean): string {
  if (response.code !== "NOERROR") return `** server can't find ${asked}: ${response.code}\n\n`;
  const authority = response.authoritative ? (debug ? "authoritative answer:\n" : "") : "Non-authoritative answer:\n";
  return `${authority}${response.answers.map(recordText).join("")}\n`;
}

const MEANING: Readonly<Partial<Record<DnsRecordType, string>>> = {
  CNAME: "canonical name",
  NS: "nameserver",
  PTR: "name",
  MX: "mail exchanger",
  SRV: "service",
};

function recordText({ name, type, data }: DnsRecord): string {
  const owner = undotted(name);
  if (type === "A" || type === "AAAA") return `Name:\t${owner}\nAddress: ${data}\n`;
  if (type === "TXT") return `${owner}\ttext = "${data}"\n`;
  if (type !== "SOA") return `${owner}\t${MEANING[type] ?? type} = ${undotted(data)}\n`;
  const [origin = "", mail = "", ...numbers] = data.split(" ");
  const fields = ["serial", "refresh", "retry", "expire", "minimum"].map(
    (field, index) => `\t${field} = ${numbers[index] ?? ""}\n`,
  );
  return `${owner}\n\torigin = ${undotted(origin)}\n\tmail addr = ${undotted(mail)}\n${fields.join("")}`;
}
