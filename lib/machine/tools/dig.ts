/** dig, as BIND 9.18 prints what CoreDNS answers (bin/dig/dighost.c, lib/dns/masterdump.c). */
import { isErrno } from "../errno.ts";
import type { DnsRecord, DnsRecordType, DnsResponse, Process, Program } from "../types.ts";
import { ask, DNS_PORT, dotted, reverseName, serverAddress, TYPES } from "./support/dns.ts";
import { candidates, resolverSettings } from "./support/resolver.ts";

const VERSION = "9.18.49-1~deb12u3-Debian";

const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

/** What is printed; each can be switched by +name and +noname. */
const PARTS = ["cmd", "comments", "question", "answer", "authority", "additional", "stats"] as const;
/** How it asks and what it shows of it, switched alike. */
const SWITCHES = [
  "short",
  "search",
  "tcp",
  "edns",
  "cookie",
  "recurse",
  "dnssec",
  "identify",
  "ttlid",
  "class",
] as const;
type Switch = (typeof PARTS)[number] | (typeof SWITCHES)[number];
/** Options that change nothing here: every server answers alike. */
const WITHOUT_EFFECT =
  /^(no)?(adflag|cdflag|ignore|fail|besteffort|aaonly|aaflag|showsearch|idnin|idnout|keepopen|rrcomments|onesoa|badcookie|ednsnegotiation|expire|keepalive|nsid|zflag|crypto|ednsflags=\w+|ndots=\d+|padding=\d+|subnet=.*)$/;
const ELSEWHERE =
  /^(no)?(yaml|multi(line)?|qr|trace|nssearch|topdown|sigchase|unexpected|mapped|ttlunits|split=\d+|https.*|tls.*)$/;
const ABBREVIATIONS: Readonly<Record<string, Switch>> = {
  ans: "answer",
  auth: "authority",
  add: "additional",
  q: "question",
  rec: "recurse",
  recursive: "recurse",
  vc: "tcp",
  do: "dnssec",
  defname: "search",
  cl: "class",
};

interface Options {
  server: string | undefined;
  readonly questions: { name: string; type: DnsRecordType; typed: boolean }[];
  readonly on: Set<Switch>;
  domain: string | undefined;
  port: number;
  /** Of one try; there is one more try than retries. */
  timeoutMs: number;
  tries: number;
  bufferBytes: number;
  /** Questions are lines of this file. */
  batch: string | undefined;
  /** What it says before it asks. */
  warnings: string;
}

/** One "+word"; what is wrong with it. */
function plus(options: Options, flag: string): string | undefined {
  const off = flag.startsWith("no");
  const word = off ? flag.slice(2) : flag;
  const [key = "", text = ""] = word.split("=", 2);
  const known = [...PARTS, ...SWITCHES].find((one) => one === key) ?? ABBREVIATIONS[key];
  const number = Number(text);
  if (key === "all") for (const part of PARTS) turn(part);
  if (key === "all") return undefined;
  if (known !== undefined) turn(known);
  else if (key === "time" || key === "timeout") options.timeoutMs = Math.max(1, number) * 1000;
  else if (key === "tries") options.tries = Math.max(1, number);
  else if (key === "retry") options.tries = number + 1;
  else if (key === "bufsize") options.bufferBytes = off ? DEFAULT_BUFFER : number;
  else if (key === "domain") {
    options.domain = off ? undefined : text;
    options.on.add("search");
  } else if (ELSEWHERE.test(flag)) return `dig: +${flag} is not available here\n`;
  else if (!WITHOUT_EFFECT.test(flag)) return `Invalid option: +${flag}\n${USAGE}`;
  return undefined;

  function turn(name: Switch): void {
    if (off) options.on.delete(name);
    else options.on.add(name);
  }
}

const DEFAULT_BUFFER = 1232;

function parse(words: readonly string[]): Options | { readonly problem: string } {
  const options: Options = {
    server: undefined,
    questions: [],
    on: new Set([...PARTS, "edns", "cookie", "recurse", "ttlid", "class"]),
    domain: undefined,
    port: DNS_PORT,
    timeoutMs: 5000,
    tries: 3,
    bufferBytes: DEFAULT_BUFFER,
    batch: undefined,
    warnings: "",
  };
  let type: DnsRecordType | undefined;
  const known = (word: string) => TYPES.find((one) => one === word.toUpperCase());
  // A type after a name belongs to that name; before all names to all that have none of their own.
  const typeFound = (found: DnsRecordType) => {
    const last = options.questions.at(-1);
    if (last === undefined) type = found;
    else if (!last.typed) Object.assign(last, { type: found, typed: true });
    else type = found;
  };
  const name = (text: string) => options.questions.push({ name: text, type: type ?? "A", typed: false });
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const value = () => words[++index] ?? "";
    const found = known(word);
    if (word.startsWith("@")) options.server = word.slice(1);
    else if (word.startsWith("+")) {
      const problem = plus(options, word.slice(1));
      if (problem !== undefined) return { problem };
    } else if (word === "-x") options.questions.push({ name: reverseName(value()), type: "PTR", typed: true });
    else if (word === "-q") name(value());
    else if (word === "-t") {
      const text = value();
      const given = known(text);
      if (given === undefined) options.warnings += `;; Warning, ignoring invalid type ${text}\n`;
      else typeFound(given);
    } else if (word === "-p") options.port = Number(value());
    else if (word === "-f") options.batch = value();
    else if (word === "-b" || word === "-c" || word === "-k" || word === "-y") value();
    else if (word.startsWith("-")) {
      if (!/^-[46uimrv]$/.test(word)) return { problem: `Invalid option: ${word}\n${USAGE}` };
    } else if (/^(IN|CH|HS)$/i.test(word)) continue;
    else if (found !== undefined) typeFound(found);
    else name(word);
  }
  if (options.questions.length === 0 && options.batch === undefined)
    options.questions.push({ name: ".", type: type ?? "NS", typed: true });
  return options;
}

/** From one column to another by tabs, or by one blank where it is behind already (indent() of masterdump.c). */
function gap(from: number, to: number): string {
  const target = Math.max(to, from + 1);
  const tabs = Math.floor(target / 8) - Math.floor(from / 8);
  return tabs > 0 ? "\t".repeat(tabs) + " ".repeat(target % 8) : " ".repeat(target - from);
}

/** Words at columns, each at least one blank behind the other. */
function columns(words: readonly (readonly [text: string, column: number])[]): string {
  let line = "";
  let at = 0;
  for (const [text, column] of words) {
    if (line !== "") {
      line += gap(at, column);
      at = Math.max(column, at + 1);
    }
    line += text;
    at += text.length;
  }
  return line;
}

const shownData = ({ type, data }: DnsRecord): string =>
  type === "A" || type === "AAAA" || type === "SOA"
    ? data.replace(/(\d)\.$/, "$1")
    : type === "TXT"
      ? `"${data}"`
      : dotted(data);

const recordLine = (record: DnsRecord, on: ReadonlySet<Switch>): string =>
  `${columns([
    [dotted(record.name), 0],
    ...(on.has("ttlid") ? [[String(record.ttl), 24] as const] : []),
    ...(on.has("class") ? [["IN", 32] as const] : []),
    [record.type, 40],
    [shownData(record), 48],
  ])}\n`;

const nameBytes = (name: string) => (name === "." ? 1 : dotted(name).length + 1);

/** Bytes of a record as it goes over the wire, names in full. */
function recordBytes({ name, type, data }: DnsRecord): number {
  const words = data.split(" ");
  const rdata =
    type === "A"
      ? 4
      : type === "AAAA"
        ? 16
        : type === "SRV"
          ? 6 + nameBytes(words[3] ?? "")
          : type === "SOA"
            ? nameBytes(words[0] ?? "") + nameBytes(words[1] ?? "") + 20
            : type === "TXT"
              ? data.length + 1
              : nameBytes(data);
  return nameBytes(name) + 10 + rdata;
}

const HEADER_BYTES = 12;
/** The OPT record, and the cookie in it that the client sent. */
const OPT_BYTES = 11;
const COOKIE_BYTES = 12;

function sizeOf(name: string, { answers, authorities, additionals }: DnsResponse, on: ReadonlySet<Switch>): number {
  const records = [...answers, ...authorities, ...additionals];
  const option = on.has("edns") ? OPT_BYTES + (on.has("cookie") ? COOKIE_BYTES : 0) : 0;
  return HEADER_BYTES + nameBytes(name) + 4 + records.reduce((sum, one) => sum + recordBytes(one), 0) + option;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
function when(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${time} UTC ${date.getUTCFullYear()}`;
}

export const dig: Program = async (process) => {
  const words = process.argv.slice(1);
  if (words.includes("-v")) {
    await process.stderr.write(`DiG ${VERSION}\n`);
    return 0;
  }
  const parsed = parse(words);
  if ("problem" in parsed) {
    await process.stderr.write(parsed.problem);
    return 1;
  }
  await process.stderr.write(parsed.warnings);
  const given = parsed.server ?? resolverSettings(process).servers[0] ?? "127.0.0.1";
  const address = await serverAddress(process, given);
  if (address === undefined) {
    await process.stderr.write(`dig: couldn't get address for '${given}': not found\n`);
    return 1;
  }
  if (parsed.batch !== undefined) return batch(process, address, parsed, words);
  return askAll(process, address, parsed, parsed.questions, words);
};

async function batch(process: Process, address: string, options: Options, words: readonly string[]): Promise<number> {
  const path = options.batch ?? "";
  let text: string;
  try {
    text = process.files.readText(path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stderr.write(`${path}: ${error.message}\ndig: couldn't open specified batch file\n`);
    return 8;
  }
  let code = 0;
  for (const line of text.split("\n")) {
    await process.spend(8);
    if (/^\s*([;#]|$)/.test(line)) continue;
    const own = line.trim().split(/\s+/);
    const parsed = parse([...words.filter((word, at) => word !== "-f" && words[at - 1] !== "-f"), ...own]);
    if ("problem" in parsed) await process.stderr.write(parsed.problem);
    else code = Math.max(code, await askAll(process, address, parsed, parsed.questions, own));
  }
  return code;
}

async function askAll(
  process: Process,
  address: string,
  options: Options,
  questions: Options["questions"],
  words: readonly string[],
): Promise<number> {
  const { on } = options;
  let head =
    on.has("short") || !on.has("cmd")
      ? ""
      : `\n; <<>> DiG ${VERSION} <<>> ${words.join(" ")}\n${options.server === undefined ? "" : "; (1 server found)\n"};; global options: +cmd\n`;
  let code = 0;
  for (const question of questions) {
    const { text, failed } = await one(process, address, question, options, head);
    await process.stdout.write(text);
    if (failed) code = 9;
    head = "";
  }
  return code;
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ETIMEDOUT: "timed out",
};

/** One question and its answer, with `head` before it. */
async function one(
  process: Process,
  address: string,
  { name, type }: { readonly name: string; readonly type: DnsRecordType },
  options: Options,
  head: string,
): Promise<{ readonly text: string; readonly failed: boolean }> {
  const { on } = options;
  const started = process.clock.now();
  const system = resolverSettings(process);
  const search = options.domain === undefined ? system.search : [options.domain];
  const names = on.has("search") ? candidates(name, { ...system, search }) : [name];
  let response: DnsResponse | undefined;
  let asked = name;
  let troubles = "";
  for (asked of names) {
    response = undefined;
    for (let attempt = 0; attempt < options.tries && response === undefined; attempt++) {
      const answer = await ask(process, address, { name: asked, type }, options);
      if (typeof answer === "object") {
        response = answer;
        break;
      }
      const why = WHY[answer];
      if (why === undefined) {
        const reason = answer === "ENETUNREACH" ? "network unreachable" : "host unreachable";
        const where = `${address}#${options.port}(${address})`;
        return {
          text: `;; UDP setup with ${where} for ${asked} failed: ${reason}.\n;; no servers could be reached\n`,
          failed: true,
        };
      }
      troubles += `;; communications error to ${address}#${options.port}: ${why}\n`;
    }
    if (response === undefined) return { text: `${troubles}${head};; no servers could be reached\n`, failed: true };
    if (response.code !== "NXDOMAIN") break;
  }
  if (response === undefined) return { text: head, failed: true };
  const { answers, authorities, additionals, authoritative } = response;
  const took = Math.round(process.clock.now() - started);
  if (on.has("short")) {
    const from = on.has("identify") ? ` from server ${address} in ${took} ms.` : "";
    return { text: troubles + answers.map((record) => `${shownData(record)}${from}\n`).join(""), failed: false };
  }
  const comments = on.has("comments");
  const recurse = on.has("recurse");
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(process.clock.random() * 16).toString(16)).join("");
  let text = troubles + head;
  if (comments) {
    const isLocal = /(^|\.)local\.?$/i.test(asked);
    text += `;; Got answer:\n`;
    if (isLocal)
      text +=
        ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n";
    text += `;; ->>HEADER<<- opcode: QUERY, status: ${response.code}, id: ${Math.floor(process.clock.random() * 65_536)}\n`;
    const more = additionals.length + (on.has("edns") ? 1 : 0);
    text += `;; flags: qr${authoritative ? " aa" : ""}${recurse ? " rd" : ""}${authoritative ? "" : " ra"}; QUERY: 1, ANSWER: ${answers.length}, AUTHORITY: ${authorities.length}, ADDITIONAL: ${more}\n`;
    if (authoritative && recurse) text += ";; WARNING: recursion requested but not available\n";
    text += "\n";
    if (on.has("edns")) {
      text += `;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:${on.has("dnssec") ? " do" : ""}; udp: ${options.bufferBytes}\n`;
      if (on.has("cookie")) text += `; COOKIE: ${hex(16)} (echoed)\n`;
    }
  }
  const ends = comments ? "\n" : "";
  if (on.has("question")) {
    const line = columns([[dotted(asked), 0], ...(on.has("class") ? [["IN", 32] as const] : []), [type, 40]]);
    text += `${comments ? ";; QUESTION SECTION:\n" : ""};${line}\n${ends}`;
  }
  for (const [title, records] of [
    ["answer", answers],
    ["authority", authorities],
    ["additional", additionals],
  ] as const)
    if (on.has(title) && records.length > 0)
      text += `${comments ? `;; ${title.toUpperCase()} SECTION:\n` : ""}${records.map((record) => recordLine(record, on)).join("")}${ends}`;
  if (on.has("stats"))
    text += `;; Query time: ${took} msec\n;; SERVER: ${address}#${options.port}(${address}) (${on.has("tcp") ? "TCP" : "UDP"})\n;; WHEN: ${when(process.clock.now())}\n;; MSG SIZE  rcvd: ${sizeOf(asked, response, on)}\n\n`;
  return { text, failed: false };
}
