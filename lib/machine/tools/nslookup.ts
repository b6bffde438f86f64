import { isErrno } from "../errno.ts";
import type { DnsRecord, DnsRecordType, DnsResponse, Process, Program } from "../types.ts";
import { candidates, isAddress, lookUp, resolverSettings } from "./support/resolver.ts";

export const TYPES: readonly DnsRecordType[] = ["A", "AAAA", "SRV", "PTR", "CNAME", "NS", "SOA", "TXT", "ANY"];

export function reverseName(address: string): string {
  return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
}

interface Question {
  readonly name: string | undefined;
  readonly server: string;
  readonly types: readonly DnsRecordType[];
}

function parse(process: Process): Question | string {
  const operands: string[] = [];
  let type: DnsRecordType | undefined;
  for (const word of process.argv.slice(1)) {
    const given = /^-(?:query|querytype|type|q|ty)=(.*)$/i.exec(word)?.[1];
    if (given !== undefined) {
      type = TYPES.find((known) => known === given.toUpperCase());
      if (type === undefined) return `unknown query type: ${given}`;
    } else if (!word.startsWith("-")) operands.push(word);
  }
  const settings = resolverSettings(process);
  return {
    name: operands[0],
    server: operands[1] ?? settings.servers[0] ?? "127.0.0.1",
    types: type === undefined ? ["A", "AAAA"] : [type],
  };
}

/** A server given by name is looked up first. */
export async function serverAddress(process: Process, server: string): Promise<string | undefined> {
  if (isAddress(server)) return server;
  const looked = await lookUp(process, server, "A");
  return "failed" in looked ? undefined : looked.response.answers.find(({ type }) => type === "A")?.data;
}

/** As BIND's nslookup (Debian's dnsutils). */
export const nslookup: Program = async (process) => {
  const question = parse(process);
  if (typeof question === "string") {
    await process.stdout.write(`${question}\n`);
    return 1;
  }
  if (question.name === undefined) {
    await process.stderr.write("nslookup: interactive mode is not available here\n");
    return 1;
  }
  const server = await serverAddress(process, question.server);
  if (server === undefined) {
    await process.stdout.write(`nslookup: couldn't get address for '${question.server}': not found\n`);
    return 1;
  }
  const { name } = question;
  if (isAddress(name)) {
    const response = await ask(process, server, { name: reverseName(name), type: "PTR" });
    if (response === undefined) return unreachable(process, server);
    if (response.code !== "NOERROR" || response.answers.length === 0) {
      await process.stdout.write(
        `** server can't find ${reverseName(name)}: ${response.code === "NOERROR" ? "NXDOMAIN" : response.code}\n\n`,
      );
      return 1;
    }
    await process.stdout.write(
      `${response.answers.map(({ data, name: owner }) => `${owner.replace(/\.$/, "")}\tname = ${dotted(data)}\n`).join("")}\n`,
    );
    return 0;
  }
  let out = `Server:\t\t${question.server}\nAddress:\t${server}#53\n\n`;
  let found = "";
  let failure: { readonly code: string; readonly name: string } | undefined;
  let authoritative = true;
  let chosen = candidates(name, resolverSettings(process));
  for (const type of question.types) {
    for (const candidate of chosen) {
      const response = await ask(process, server, { name: candidate, type });
      if (response === undefined) return unreachable(process, server);
      if (response.code === "NXDOMAIN") {
        failure = { code: response.code, name };
        continue;
      }
      if (response.code !== "NOERROR") failure = { code: response.code, name: candidate };
      else {
        failure = undefined;
        authoritative &&= response.authoritative;
        found += response.answers.map(bindText).join("");
        if (response.answers.length === 0 && question.types.length === 1)
          found += `*** Can't find ${name}: No answer\n`;
      }
      chosen = [candidate];
      break;
    }
    if (failure !== undefined) break;
  }
  if (failure !== undefined) {
    await process.stdout.write(`${out}** server can't find ${failure.name}: ${failure.code}\n\n`);
    return 1;
  }
  if (found === "") found = `*** Can't find ${name}: No answer\n`;
  if (!authoritative) out += "Non-authoritative answer:\n";
  await process.stdout.write(`${out}${found}\n`);
  return found.startsWith("***") ? 1 : 0;
};

function bindText({ name, type, data }: DnsRecord): string {
  const owner = name.replace(/\.$/, "");
  switch (type) {
    case "A":
    case "AAAA":
      return `Name:\t${owner}\nAddress: ${data}\n`;
    case "SRV":
      return `${owner}\tservice = ${dotted(data)}\n`;
    case "CNAME":
      return `${owner}\tcanonical name = ${dotted(data)}\n`;
    case "NS":
      return `${owner}\tnameserver = ${dotted(data)}\n`;
    case "PTR":
      return `${owner}\tname = ${dotted(data)}\n`;
    case "TXT":
      return `${owner}\ttext = "${data}"\n`;
    default:
      return `${owner}\t${type} = ${data}\n`;
  }
}

/** As busybox since 1.29: every type is a question of its own, without search domains where the name has dots enough. */
export const busyboxNslookup: Program = async (process) => {
  const question = parse(process);
  if (typeof question === "string" || question.name === undefined) {
    await process.stderr.write(
      typeof question === "string"
        ? `nslookup: ${question}\n`
        : "BusyBox v1.36.1 multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n",
    );
    return 1;
  }
  const server = await serverAddress(process, question.server);
  if (server === undefined) {
    await process.stderr.write(`nslookup: bad address '${question.server}'\n`);
    return 1;
  }
  const { name } = question;
  let out = `Server:\t\t${question.server}\nAddress:\t${server}:53\n\n`;
  let failed = 0;
  const asks: { readonly name: string; readonly type: DnsRecordType }[] = isAddress(name)
    ? [{ name: reverseName(name), type: "PTR" }]
    : question.types.map((type) => ({ name, type }));
  const settings = resolverSettings(process);
  for (const { name: asked, type } of asks) {
    const names = type === "PTR" ? [asked] : candidates(asked, settings);
    let answered = false;
    const missing: string[] = [];
    for (const candidate of names) {
      const response = await ask(process, server, { name: candidate, type });
      if (response === undefined) {
        await process.stdout.write(`${out}`);
        await process.stderr.write(";; connection timed out; no servers could be reached\n\n");
        return 1;
      }
      if (response.code === "NOERROR") {
        answered = true;
        if (!response.authoritative) out += "Non-authoritative answer:\n";
        for (const record of response.answers) {
          const owner = record.name.replace(/\.$/, "");
          if (record.type === "A" || record.type === "AAAA") out += `Name:\t${owner}\nAddress: ${record.data}\n`;
          else if (record.type === "PTR") out += `${owner}\tname = ${record.data.replace(/\.$/, "")}\n`;
          else if (record.type === "SRV") out += `${owner}\tservice = ${record.data.replace(/\.$/, "")}\n`;
          else out += bindText(record);
        }
        if (response.answers.length === 0) out += `*** Can't find ${candidate}: No answer\n`;
        out += "\n";
        break;
      }
      missing.push(`** server can't find ${candidate}: ${response.code}\n\n`);
    }
    if (!answered) {
      failed++;
      out += missing.join("");
    }
  }
  await process.stdout.write(out);
  return failed > 0 ? 1 : 0;
};

export function dotted(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

/** Undefined where no server answers. */
export async function ask(
  process: Process,
  server: string,
  question: { readonly name: string; readonly type: DnsRecordType },
): Promise<DnsResponse | undefined> {
  try {
    return await process.network.query(server, question);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

async function unreachable(process: Process, server: string): Promise<number> {
  await process.stdout.write(`;; communications error to ${server}#53: timed out\n;; no servers could be reached\n\n`);
  return 1;
}
