/** netstat and ss: the ports that somebody listens on. */
import { tool } from "./support/tool.ts";

const OPTIONS = {
  all: { short: "a" },
  listening: { short: "l" },
  numeric: { short: "n" },
  tcp: { short: "t" },
  udp: { short: "u" },
  programs: { short: "p" },
} as const;

export const netstat = tool({ name: "netstat", usage: "[-alntup]", options: OPTIONS }, async (tool) => {
  const listening = tool.has("listening");
  await tool.out.write(
    `Active Internet connections (${listening ? "only servers" : tool.has("all") ? "servers and established" : "w/o servers"})\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ${tool.has("programs") ? "PID/Program name" : ""}`.trimEnd() +
      "\n",
  );
  if (!listening && !tool.has("all")) return 0;
  if (tool.has("udp") && !tool.has("tcp")) return 0;
  for (const { address, port } of [...tool.process.network.listening()].sort((a, b) => a.port - b.port)) {
    const row = `tcp        0      0 ${`${address}:${port}`.padEnd(23)} ${"0.0.0.0:*".padEnd(23)} ${"LISTEN".padEnd(11)} ${tool.has("programs") ? "-" : ""}`;
    await tool.out.write(`${row.trimEnd()}\n`);
  }
  return 0;
});

export const ss = tool({ name: "ss", usage: "[ OPTIONS ]", options: OPTIONS }, async (tool) => {
  const kind = tool.has("tcp") || tool.has("udp") ? "" : "Netid ";
  await tool.out.write(`${kind}State   Recv-Q  Send-Q   Local Address:Port    Peer Address:Port  Process\n`);
  if (!tool.has("listening") && !tool.has("all")) return 0;
  for (const { address, port } of [...tool.process.network.listening()].sort((a, b) => a.port - b.port)) {
    await tool.out.write(
      `${kind === "" ? "" : "tcp   "}LISTEN  0       128      ${`${address}:${port}`.padStart(17)}         ${"0.0.0.0:*".padEnd(17)}\n`,
    );
  }
  return 0;
});
