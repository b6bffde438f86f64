import type { Program } from "../types.ts";
import { hostAddresses } from "./support/resolver.ts";
import { tool } from "./support/tool.ts";

const OPTIONS = {
  count: { short: "c", value: true },
  interval: { short: "i", value: true },
  size: { short: "s", value: true },
  wait: { short: "W", value: true },
  deadline: { short: "w", value: true },
  quiet: { short: "q" },
  numeric: { short: "n" },
  four: { short: "4" },
} as const;

const LOST_AFTER_MS = 1000;

const pingAs = (busybox: boolean): Program =>
  tool(
    { name: "ping", usage: "[options] <destination>", usageStatus: busybox ? 1 : 2, options: OPTIONS },
    async (tool) => {
      const { process } = tool;
      const [host] = tool.operands;
      if (host === undefined) return tool.usage(busybox ? "missing host" : "usage error: Destination address required");
      const addresses = await hostAddresses(process, host);
      const address = typeof addresses === "string" ? undefined : addresses[0];
      if (address === undefined) {
        await process.stderr.write(
          busybox
            ? `ping: bad address '${host}'\n`
            : `ping: ${host}: ${addresses === "try again" ? "Temporary failure in name resolution" : "Name or service not known"}\n`,
        );
        return busybox ? 1 : 2;
      }
      const size = Number(tool.value("size") ?? 56);
      const quiet = tool.has("quiet");
      const count = Number(tool.value("count") ?? Number.POSITIVE_INFINITY);
      const interval = Number(tool.value("interval") ?? 1) * 1000;
      const started = process.clock.now();
      const deadline = Number(tool.value("deadline") ?? Number.POSITIVE_INFINITY) * 1000;
      const times: number[] = [];
      let sent = 0;
      let stop = false;
      let wake: (() => void) | undefined;
      process.onSignal("SIGINT", () => {
        stop = true;
        wake?.();
      });
      await process.stdout.write(
        busybox
          ? `PING ${host} (${address}): ${size} data bytes\n`
          : `PING ${host} (${address}) ${size}(${size + 28}) bytes of data.\n`,
      );
      while (!stop && sent < count && process.clock.now() - started < deadline) {
        const time = await process.network.ping(address);
        if (time !== undefined) {
          times.push(time);
          const text = busybox
            ? `${size + 8} bytes from ${address}: seq=${sent} ttl=64 time=${time.toFixed(3)} ms\n`
            : `${size + 8} bytes from ${host === address ? address : `${host} (${address})`}: icmp_seq=${sent + 1} ttl=64 time=${time < 1 ? time.toFixed(3) : time.toFixed(1)} ms\n`;
          if (!quiet) await process.stdout.write(text);
        }
        sent++;
        if (stop || (sent >= count && time !== undefined)) break;
        const pause =
          time === undefined ? Math.max(interval, Number(tool.value("wait") ?? 1) * LOST_AFTER_MS) : interval;
        await Promise.race([
          process.sleep(pause),
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
      }
      const lost = sent === 0 ? 0 : Math.round((100 * (sent - times.length)) / sent);
      const least = Math.min(...times);
      const most = Math.max(...times);
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
      const deviation = Math.sqrt(times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length);
      const show = (value: number) => value.toFixed(3);
      let text = `\n--- ${host} ping statistics ---\n`;
      text += busybox
        ? `${sent} packets transmitted, ${times.length} packets received, ${lost}% packet loss\n`
        : `${sent} packets transmitted, ${times.length} received, ${lost}% packet loss, time ${process.clock.now() - started}ms\n`;
      if (times.length > 0) {
        text += busybox
          ? `round-trip min/avg/max = ${show(least)}/${show(mean)}/${show(most)} ms\n`
          : `rtt min/avg/max/mdev = ${show(least)}/${show(mean)}/${show(most)}/${show(deviation)} ms\n`;
      } else if (!busybox) text += "\n";
      await process.stdout.write(text);
      return times.length === 0 ? 1 : 0;
    },
  );

export const ping = pingAs(false);
export const busyboxPing = pingAs(true);
