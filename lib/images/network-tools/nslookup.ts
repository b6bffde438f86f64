/** busybox's nslookup: asks the name servers of /etc/resolv.conf and prints what they say. */
import { type DnsRecordType, type DnsResponse, isErrno, type Process } from "../../machine/index.ts";
import { resolverConfig, searchCandidates } from "../kit/resolve.ts";

const TYPES: Readonly<Record<string, DnsRecordType>> = {
  a: "A",
  aaaa: "AAAA",
  srv: "SRV",
  ptr: "PTR",
  cname: "CNAME",
  ns: "NS",
  soa: "SOA",
  txt: "TXT",
  any: "ANY",
};

export async function nslookup(process: Process): Promise<number> {
  let type: DnsRecordType | undefined;
  const operands: string[] = [];
  for (const arg of process.argv.slice(1)) {
    const option = /^-(?:q|query|t|type)=(.+)$/i.exec(arg);
    if (option === null) operands.push(arg);
    else {
      type = TYPES[(option[1] ?? "").toLowerCase()];
      if (type === undefined) {
        await process.stderr.write(`nslookup: invalid query type "${option[1]}"\n`);
        return 1;
      }
    }
  }
  const [name, given] = operands;
  if (name === undefined) {
    await process.stderr.write("Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n");
    return 1;
  }
  const config = resolverConfig(process);
  const server = given ?? config.nameservers[0] ?? "127.0.0.1";
  const reverse = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(name);
  const questions: [string, DnsRecordType][] =
    reverse === null
      ? searchCandidates(config, name).flatMap((candidate): [string, DnsRecordType][] =>
          (type === undefined ? (["A", "AAAA"] as const) : [type]).map((one) => [candidate, one]),
        )
      : [[`${reverse.slice(1).reverse().join(".")}.in-addr.arpa`, "PTR"]];
  let text = "";
  let failure: DnsResponse["code"] | undefined;
  for (const [question, one] of questions) {
    let response: DnsResponse;
    try {
      response = await process.network.query(server, { name: question, type: one }, process.signal);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      await process.stdout.write(`;; connection timed out; no servers could be reached\n\n`);
      return 1;
    }
    if (response.code !== "NOERROR") failure ??= response.code;
    text += response.answers.map(line).join("");
    // The first name that exists is the answer; the search goes no further.
    if (text !== "" && one !== "A") break;
  }
  await process.stdout.write(`Server:\t\t${server}\nAddress:\t${server}:53\n\n`);
  if (text === "") {
    await process.stdout.write(
      failure === undefined ? `*** Can't find ${name}: No answer\n\n` : `** server can't find ${name}: ${failure}\n\n`,
    );
    return 1;
  }
  await process.stdout.write(`${text}\n`);
  return 0;
}

function line({ name, type, data }: DnsResponse["answers"][number]): string {
  const plain = name.replace(/\.$/, "");
  switch (type) {
    case "A":
    case "AAAA":
      return `Name:\t${plain}\nAddress: ${data}\n`;
    case "SRV":
      return `${plain}\tservice = ${data.replace(/\.$/, "")}\n`;
    case "PTR":
      return `${plain}\tname = ${data.replace(/\.$/, "")}\n`;
    case "CNAME":
      return `${plain}\tcanonical name = ${data.replace(/\.$/, "")}\n`;
    case "TXT":
      return `${plain}\ttext = ${data}\n`;
    default:
      return `${plain}\t${type.toLowerCase()} = ${data}\n`;
  }
}
