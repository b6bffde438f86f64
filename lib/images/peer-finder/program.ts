/** peer-finder: asks DNS who is behind a governing Service and tells a script, on start and on every change. */
import { isErrno, type Process } from "../../machine/index.ts";
import { resolveService } from "../kit/resolve.ts";

const POLL_MS = 1000;

export async function peerFinder(process: Process): Promise<number> {
  const flags = readFlags(process.argv.slice(1));
  const service = flags.get("service") ?? "";
  const namespace = flags.get("ns") || process.env.get("POD_NAMESPACE") || "";
  const onStart = flags.get("on-start") ?? "";
  const onChange = flags.get("on-change") ?? "";
  const log = (text: string) => process.stderr.write(`${stamp(process.clock.now())} ${text}\n`);
  if (service === "" || namespace === "" || (onStart === "" && onChange === "")) {
    await log(
      "Incomplete args, require -on-change and/or -on-start, -service and -ns or an env var for POD_NAMESPACE.",
    );
    return 1;
  }
  const domain = flags.get("domain") || `${namespace}.svc.cluster.local`;
  const myName = `${process.machine.hostname}.${service}.${domain}`;
  let script = onStart;
  if (script === "") {
    script = onChange;
    await log(`No on-start supplied, on-change ${onChange} will be applied on start.`);
  }
  let peers: string[] = [];
  for (; script !== ""; await process.sleep(POLL_MS)) {
    const found = [
      ...new Set((await resolveService(process, service)).map(({ target }) => target.replace(/\.$/, ""))),
    ].sort();
    if (found.length === 0) {
      await log(`lookup ${service} on 10.96.0.10:53: no such host`);
      continue;
    }
    if (found.join() === peers.join() || !found.includes(myName)) {
      if (!found.includes(myName))
        await log(`Have not found myself in list yet.\nMy Hostname: ${myName}\nHosts in list: ${found.join(", ")}`);
      continue;
    }
    await log(`Peer list updated\nwas [${peers.join(" ")}]\nnow [${found.join(" ")}]`);
    const code = await run(process, script, found);
    if (code !== 0) {
      await log(`Failed to execute ${script}: , err: exit status ${code}`);
      return 1;
    }
    peers = found;
    script = onChange;
  }
  await log("Peer finder exiting");
  return 0;
}

/** The script gets the peers on its standard input, one a line. */
async function run(process: Process, script: string, peers: readonly string[]): Promise<number> {
  const input = process.pipe();
  const writer = input.writer.writer;
  try {
    const child = process.spawn({
      argv: ["bash", "-c", script],
      ...(input.reader.reader === undefined ? {} : { stdin: input.reader.reader }),
    });
    await writer?.write(`${peers.join("\n")}\n`).catch(() => undefined);
    input.writer.close();
    return (await child.exited).code;
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    return 127;
  }
}

function readFlags(args: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(args[index] ?? "");
    if (match?.[1] !== undefined) flags.set(match[1], match[2] ?? args[++index] ?? "");
  }
  return flags;
}

/** Go's log package: "2025/01/01 00:00:00". */
function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
}
