/** dig, as BIND 9.18 prints what CoreDNS answers (bin/dig/dighost.c, lib/dns/masterdump.c). */
import type { DnsRecord, DnsRecordType, DnsResponse, Process, Program } from "../types.ts";
import { ask, dotted, reverseName, serverAddress, TYPES } from "./nslookup.ts";
import { candidates, resolverSettings } from "./support/resolver.ts";

const VERSION = "9.18.33-1~deb12u2-Debian";

const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

/** What is printed; each can be switched by +name and +noname. */
const PARTS = ["cmd", "comments", "question", "answer", "authority", "additional", "stats"] as const;
type Part = (typeof PARTS)[number];
/** Options that change nothing here: there is one way to ask, and every server answers it. */
const WITHOUT_EFFECT =
  /^(no)?(recurse|recursive|rec|edns|edns=\d|cookie|adflag|cdflag|tcp|vc|ignore|fail|besteffort|aaonly|aaflag|defname|dnssec|do|qr|showsearch|ttlid|class|identify|time=\d+|timeout=\d+|tries=\d+|retry=\d+|ndots=\d+|bufsize=\d+|idnin|idnout|keepopen|nssearch)$/;
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  ans: "answer",
  auth: "authority",
  add: "additional",
  q: "question",
};

interface Options {
  server: string | undefined;
  readonly questions: { name: string; type: DnsRecordType }[];
  readonly shown: Set<Part>;
  short: boolean;
  search: boolean;
  /** What it says before it asks. */
  warnings: string;
}

function parse(words: readonly string[]): Options | { readonly problem: string } {
  const options: Options = {
    server: undefined,
    questions: [],
    shown: new Set(PARTS),
    short: false,
    search: false,
    warnings: "",
  };
  let type: DnsRecordType | undefined;
  const known = (word: string) => TYPES.find((one) => one === word.toUpperCase());
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const value = () => words[++index] ?? "";
    if (word.startsWith("@")) options.server = word.slice(1);
    else if (word.startsWith("+")) {
      const flag = word.slice(1);
      const off = flag.startsWith("no");
      const name = ABBREVIATIONS[off ? flag.slice(2) : flag] ?? (off ? flag.slice(2) : flag);
      const part = PARTS.find((one) => one === name);
      const switched = name === "all" ? PARTS : part === undefined ? [] : [part];
      for (const each of switched)
        if (off) options.shown.delete(each);
        else options.shown.add(each);
      if (switched.length > 0) continue;
      if (name === "short") options.short = !off;
      else if (name === "search") options.search = !off;
      else if (!WITHOUT_EFFECT.test(flag)) return { problem: `Invalid option: +${flag}\n${USAGE}` };
    } else if (word === "-x") options.questions.push({ name: reverseName(value()), type: "PTR" });
    else if (word === "-t" || word === "-q") {
      const text = value();
      const found = known(text);
      if (word === "-q") options.questions.push({ name: text, type: type ?? "A" });
      else if (found === undefined) options.warnings += `;; Warning, ignoring invalid type ${text}\n`;
      else type = found;
    } else if (word === "-p" || word === "-b" || word === "-c" || word === "-k" || word === "-y") value();
    else if (word.startsWith("-")) {
      if (!/^-[46uimrv]$/.test(word)) return { problem: `Invalid option: ${word}\n${USAGE}` };
    } else if (/^(IN|CH|HS)$/i.test(word)) continue;
    else if (known(word) !== undefined) type = known(word);
    else options.questions.push({ name: word, type: type ?? "A" });
  }
  // A type after its name belongs to it.
  for (const question of options.questions) if (type !== undefined && question.type === "A") question.type = type;
  if (options.questions.length === 0) options.questions.push({ name: ".", type: type ?? "NS" });
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

const recordLine = (record: DnsRecord): string =>
  `${columns([
    [dotted(record.name), 0],
    [String(record.ttl), 24],
    ["IN", 32],
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
/** The OPT record with the cookie that the client sent. */
const OPT_BYTES = 23;

function sizeOf(name: string, { answers, authorities, additionals }: DnsResponse): number {
  const records = [...answers, ...authorities, ...additionals];
  return HEADER_BYTES + nameBytes(name) + 4 + records.reduce((sum, one) => sum + recordBytes(one), 0) + OPT_BYTES;
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
    return 10;
  }
  const banner = parsed.short || !parsed.shown.has("cmd");
  let head = banner
    ? ""
    : `\n; <<>> DiG ${VERSION} <<>> ${words.join(" ")}\n${parsed.server === undefined ? "" : "; (1 server found)\n"};; global options: +cmd\n`;
  let code = 0;
  for (const question of parsed.questions) {
    const text = await one(process, address, question, parsed);
    if (text === undefined) {
      const silent = `;; communications error to ${address}#53: timed out\n`.repeat(3);
      await process.stdout.write(`${silent}${head};; no servers could be reached\n`);
      code = 9;
    } else await process.stdout.write(head + text);
    head = "";
  }
  return code;
};

/** One question and its answer; undefined where no server answers. */
async function one(
  process: Process,
  address: string,
  { name, type }: { readonly name: string; readonly type: DnsRecordType },
  { shown, short, search }: Options,
): Promise<string | undefined> {
  const started = process.clock.now();
  const names = search ? candidates(name, resolverSettings(process)) : [name];
  let response: DnsResponse | undefined;
  let asked = name;
  for (const candidate of names) {
    response = await ask(process, address, { name: candidate, type });
    asked = candidate;
    if (response === undefined || response.code === "NOERROR") break;
  }
  if (response === undefined) return undefined;
  const { answers, authorities, additionals, authoritative } = response;
  if (short) return answers.map((record) => `${shownData(record)}\n`).join("");
  const comments = shown.has("comments");
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(process.clock.random() * 16).toString(16)).join("");
  let text = "";
  if (comments) {
    const isLocal = /(^|\.)local\.?$/i.test(asked);
    text += `;; Got answer:\n`;
    if (isLocal)
      text +=
        ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n";
    text += `;; ->>HEADER<<- opcode: QUERY, status: ${response.code}, id: ${Math.floor(process.clock.random() * 65_536)}\n`;
    text += `;; flags: qr${authoritative ? " aa" : ""} rd${authoritative ? "" : " ra"}; QUERY: 1, ANSWER: ${answers.length}, AUTHORITY: ${authorities.length}, ADDITIONAL: ${additionals.length + 1}\n`;
    if (authoritative) text += ";; WARNING: recursion requested but not available\n";
    text += "\n";
    if (shown.has("additional"))
      text += `;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n; COOKIE: ${hex(16)} (echoed)\n`;
  }
  const ends = comments ? "\n" : "";
  if (shown.has("question")) {
    const line = columns([
      [dotted(asked), 0],
      ["IN", 32],
      [type, 40],
    ]);
    text += `${comments ? ";; QUESTION SECTION:\n" : ""};${line}\n${ends}`;
  }
  for (const [title, records] of [
    ["answer", answers],
    ["authority", authorities],
    ["additional", additionals],
  ] as const)
    if (shown.has(title) && records.length > 0)
      text += `${comments ? `;; ${title.toUpperCase()} SECTION:\n` : ""}${records.map(recordLine).join("")}${ends}`;
  if (shown.has("stats"))
    text += `;; Query time: ${Math.round(process.clock.now() - started)} msec\n;; SERVER: ${address}#53(${address}) (UDP)\n;; WHEN: ${when(process.clock.now())}\n;; MSG SIZE  rcvd: ${sizeOf(asked, response)}\n\n`;
  return text;
}
