/** ping: iputils' and BusyBox's. */

import { isErrno } from "../errno.ts";
import type { Process, Program } from "../types.ts";
import { hostAddresses, isAddress, resolveHost } from "./support/resolver.ts";
import { tool } from "./support/tool.ts";

const OPTIONS = {
  count: { short: "c", value: true },
  interval: { short: "i", value: true },
  size: { short: "s", value: true },
  wait: { short: "W", value: true },
  deadline: { short: "w", value: true },
  ttl: { short: "t", value: true },
  source: { short: "I", value: true },
  quiet: { short: "q" },
  four: { short: "4" },
  six: { short: "6" },
  adaptive: { short: "A" },
} as const;

const IPUTILS = {
  ...OPTIONS,
  numeric: { short: "n" },
  stamps: { short: "D" },
  flood: { short: "f" },
  audible: { short: "a" },
  bypass: { short: "r" },
  version: { short: "V" },
  help: { short: "h" },
  outstanding: { short: "O" },
} as const;

const USAGE = `
Usage
  ping [options] <destination>

Options:
  <destination>      a name or an address
  -a                 a beep for every answer
  -A                 as quick as the answers come
  -c <count>         end after so many answers
  -D                 with times of day
  -f                 one dot a packet
  -h                 this help
  -i <interval>      seconds from packet to packet
  -n                 addresses, no names
  -O                 tell of answers that do not come
  -q                 nothing but the summary
  -s <size>          bytes of data in a packet
  -t <ttl>           how many hops a packet may go
  -V                 the version
  -w <deadline>      end after so many seconds
  -W <timeout>       seconds to wait for an answer

IPv4 options:
  -4                 use IPv4`;

const BUSYBOX_USAGE = `BusyBox v1.36.1 multi-call binary.

Usage: ping [OPTIONS] HOST

Send ICMP ECHO_REQUESTs to HOST

	-4,-6		Use one family of addresses
	-c CNT		Send so many
	-s SIZE		With so many bytes of data (default 56)
	-i SECS		So far apart
	-A		As soon as the last was answered
	-t TTL		Live so many hops
	-I IFACE/IP	Come from there
	-W SEC		Wait so long for the first answer
	-w SEC		End after so many seconds
	-q		Show the summary only
`;

const LOST_AFTER_MS = 1000;
/** After the last packet, for what may still come. */
const LINGER_MS = 10_000;

interface Plan {
  readonly host: string;
  /** As the statistics have it. */
  readonly shown: string;
  readonly address: string;
  readonly size: number;
  readonly count: number;
  readonly intervalMs: number;
  readonly waitMs: number;
  readonly deadlineMs: number;
}

const INTEGER = /^\d+$/;
const SECONDS = /^\d+(\.\d+)?$/;

export const ping: Program = tool(
  {
    name: "ping",
    usage: "[options] <destination>",
    usageStatus: 2,
    pointer: USAGE,
    options: IPUTILS,
  },
  async (tool) => {
    const { process } = tool;
    if (tool.has("version")) {
      await tool.out.write("ping from iputils 20221126\n");
      return 0;
    }
    if (tool.has("help")) {
      await process.stderr.write(`${USAGE}\n`);
      return 2;
    }
    for (const [name, least] of [
      ["count", 1],
      ["size", 0],
      ["ttl", 0],
      ["deadline", 0],
    ] as const) {
      const value = tool.value(name);
      if (value === undefined) continue;
      if (!/^-?\d+$/.test(value)) return tool.die(`invalid argument: '${value}'`);
      const most = name === "count" ? "9223372036854775807" : name === "ttl" ? "255" : "2147483647";
      if (Number(value) < least || Number(value) > Number(most))
        return tool.die(`invalid argument: '${value}': out of range: ${least} <= value <= ${most}`);
    }
    for (const name of ["interval", "wait"] as const) {
      const value = tool.value(name);
      if (value === undefined || SECONDS.test(value)) continue;
      await process.stderr.write(
        `ping: option argument contains garbage: ${value}\nping: this will become fatal error in the future\n`,
      );
    }
    const host = tool.operands.at(-1);
    if (host === undefined) return tool.die("usage error: Destination address required");
    const found = await resolveHost(process, host);
    const address = typeof found === "string" ? undefined : found.addresses[0];
    if (typeof found === "string" || address === undefined) {
      const why = found === "try again" ? "Temporary failure in name resolution" : "Name or service not known";
      return tool.die(`${host}: ${why}`, 2);
    }
    const official = found.name;
    const seconds = (name: "interval" | "wait", otherwise: number) =>
      Number(/^\d*\.?\d*/.exec(tool.value(name) ?? "")?.[0] || otherwise);
    const flood = tool.has("flood") || tool.has("adaptive");
    const plan: Plan = {
      host,
      shown: official,
      address,
      size: Number(tool.value("size") ?? 56),
      count: Number(tool.value("count") ?? Number.POSITIVE_INFINITY),
      intervalMs: flood ? 10 : seconds("interval", 1) * 1000,
      waitMs: tool.has("wait") ? seconds("wait", 1) * 1000 : LINGER_MS,
      deadlineMs: Number(tool.value("deadline") ?? Number.POSITIVE_INFINITY) * 1000,
    };
    const from = isAddress(host) || tool.has("numeric") ? address : `${official} (${address})`;
    return run(process, tool.has("quiet"), plan, {
      head: `PING ${official} (${address}) ${plan.size}(${plan.size + 28}) bytes of data.\n`,
      unreachable: (words) => `ping: connect: ${words}\n`,
      unreachableFirst: true,
      unreachableStatus: 2,
      line: (sequence, ms) =>
        `${tool.has("stamps") ? `[${(process.clock.now() / 1000).toFixed(6)}] ` : ""}${plan.size + 8} bytes from ${from}: icmp_seq=${sequence + 1} ttl=64 time=${roundTrip(ms)} ms\n`,
      summary: (sent, received, lost, took) =>
        `${sent} packets transmitted, ${received} received, ${lost}% packet loss, time ${took}ms\n`,
      times: (least, mean, most, deviation) =>
        `rtt min/avg/max/mdev = ${least.toFixed(3)}/${mean.toFixed(3)}/${most.toFixed(3)}/${deviation.toFixed(3)} ms${flood ? `, ipg/ewma ${plan.intervalMs.toFixed(3)}/${mean.toFixed(3)} ms` : ""}\n`,
      none: "\n",
    });
  },
);

/** Three digits, as iputils shows times. */
function roundTrip(ms: number): string {
  return ms >= 100 ? String(Math.round(ms)) : ms >= 10 ? ms.toFixed(1) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3);
}

export const busyboxPing: Program = tool(
  { name: "ping", usage: "[OPTIONS] HOST", options: OPTIONS, pointer: BUSYBOX_USAGE.trimEnd() },
  async (tool) => {
    const { process } = tool;
    for (const name of ["count", "size", "ttl", "deadline", "wait"] as const) {
      const value = tool.value(name);
      if (value !== undefined && !INTEGER.test(value)) return tool.die(`invalid number '${value}'`);
    }
    const interval = tool.value("interval") ?? "1";
    if (!SECONDS.test(interval)) return tool.die(`invalid number '${interval}'`);
    const [host, extra] = tool.operands;
    if (host === undefined || extra !== undefined) {
      await process.stderr.write(BUSYBOX_USAGE);
      return 1;
    }
    const addresses = await hostAddresses(process, host);
    const address = typeof addresses === "string" ? undefined : addresses[0];
    if (address === undefined) return tool.die(`bad address '${host}'`);
    const plan: Plan = {
      host,
      shown: host,
      address,
      size: Number(tool.value("size") ?? 56),
      count: Number(tool.value("count") ?? Number.POSITIVE_INFINITY),
      intervalMs: tool.has("adaptive") ? 10 : Number(interval) * 1000,
      waitMs: Number(tool.value("wait") ?? 10) * 1000,
      deadlineMs: Number(tool.value("deadline") ?? Number.POSITIVE_INFINITY) * 1000,
    };
    return run(process, tool.has("quiet"), plan, {
      head: `PING ${host} (${address}): ${plan.size} data bytes\n`,
      unreachable: (words) => `ping: sendto: ${words}\n`,
      unreachableFirst: false,
      unreachableStatus: 1,
      line: (sequence, ms) =>
        `${plan.size + 8} bytes from ${address}: seq=${sequence} ttl=64 time=${ms.toFixed(3)} ms\n`,
      summary: (sent, received, lost) =>
        `${sent} packets transmitted, ${received} packets received, ${lost}% packet loss\n`,
      times: (least, mean, most) =>
        `round-trip min/avg/max = ${least.toFixed(3)}/${mean.toFixed(3)}/${most.toFixed(3)} ms\n`,
      none: "",
    });
  },
);

interface Words {
  readonly head: string;
  readonly unreachable: (words: string) => string;
  /** Before the first line. */
  readonly unreachableFirst: boolean;
  readonly unreachableStatus: number;
  readonly line: (sequence: number, ms: number) => string;
  readonly summary: (sent: number, received: number, lost: number, tookMs: number) => string;
  readonly times: (least: number, mean: number, most: number, deviation: number) => string;
  /** Where nothing came back. */
  readonly none: string;
}

async function run(process: Process, quiet: boolean, plan: Plan, words: Words): Promise<number> {
  const started = process.clock.now();
  const times: number[] = [];
  let sent = 0;
  let stop = false;
  let wake: (() => void) | undefined;
  process.onSignal("SIGINT", () => {
    stop = true;
    wake?.();
  });
  if (!words.unreachableFirst) await process.stdout.write(words.head);
  while (!stop && sent < plan.count && process.clock.now() - started < plan.deadlineMs) {
    await process.spend(4);
    let time: number | undefined;
    try {
      time = await process.network.ping(plan.address);
    } catch (error) {
      if (!isErrno(error)) throw error;
      await process.stderr.write(words.unreachable(error.message));
      return words.unreachableStatus;
    }
    if (sent === 0 && words.unreachableFirst) await process.stdout.write(words.head);
    if (time !== undefined) {
      times.push(time);
      if (!quiet) await process.stdout.write(words.line(sent, time));
    }
    sent++;
    if (stop || (sent >= plan.count && times.length === sent)) break;
    // The last packet's answer is waited for.
    const pause =
      sent >= plan.count
        ? plan.waitMs
        : time === undefined
          ? Math.max(plan.intervalMs, Math.min(plan.waitMs, LOST_AFTER_MS))
          : plan.intervalMs;
    const left = plan.deadlineMs - (process.clock.now() - started);
    await Promise.race([
      process.sleep(Math.min(pause, left)),
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
    ]);
  }
  const lost = sent === 0 ? 0 : Math.floor((100 * (sent - times.length)) / sent);
  const took = Math.round(process.clock.now() - started);
  let text = `\n--- ${plan.shown} ping statistics ---\n${words.summary(sent, times.length, lost, took)}`;
  if (times.length === 0) text += words.none;
  else {
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length);
    text += words.times(Math.min(...times), mean, Math.max(...times), deviation);
  }
  await process.stdout.write(text);
  return times.length === 0 ? 1 : 0;
}
