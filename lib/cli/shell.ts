/** `statecraft shell`: the learner's shell over a fresh sandbox: interactive, one command, a script, or JSON lines. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { embeddedSandboxes } from "../sandbox/embedded/index.node.ts";
import { kubeconfigSandboxes } from "../sandbox/kubeconfig/index.node.ts";
import type { Sandbox, SandboxId, SandboxProvider } from "../sandbox/types.ts";
import { parse, UsageError } from "./usage.ts";

const HELP = `Usage: statecraft shell [options] [SCRIPT]

Without arguments: an interactive shell over a fresh sandbox (^D ends it).

  -c COMMAND          runs COMMAND and ends with its status
  SCRIPT              runs a script file
  --json              reads {"cmd", "files", "timeoutMs"} lines, writes {"stdout", "stderr", "exitCode", "ms"} lines
  --latencies MODE    realistic (default) or none
  --file NAME=PATH    puts a file into the workspace (repeatable)
  --kubeconfig FILE   over a namespace of that cluster instead of an embedded one; it is removed at the end
`;

const request = z.strictObject({
  cmd: z.string(),
  files: z.record(z.string(), z.string()).default({}),
  timeoutMs: z.number().int().positive().default(30_000),
});

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse({
    args: [...args],
    allowPositionals: true,
    options: {
      command: { type: "string", short: "c" },
      json: { type: "boolean" },
      latencies: { type: "string", default: "realistic" },
      file: { type: "string", multiple: true },
      kubeconfig: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.latencies !== "realistic" && values.latencies !== "none")
    throw new UsageError(`--latencies is realistic or none, not "${values.latencies}"`);
  const files = Object.fromEntries(
    (values.file ?? []).map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 1) throw new UsageError(`--file wants NAME=PATH, not "${pair}"`);
      return [pair.slice(0, equals), readFileSync(pair.slice(equals + 1), "utf8")];
    }),
  );
  const { kubeconfig } = values;
  // Shells on one real cluster are several people's, or one person's several.
  const id = (kubeconfig === undefined ? "shell" : `shell-${process.pid}-${Date.now().toString(36)}`) as SandboxId;
  const provider: SandboxProvider =
    kubeconfig === undefined ? embeddedSandboxes() : kubeconfigSandboxes({ kubeconfig });
  const sandbox = await provider.create(id, { files, latencies: values.latencies });
  try {
    if (values.json === true) return await jsonLines(sandbox);
    const script = values.command ?? (positionals[0] === undefined ? undefined : readFileSync(positionals[0], "utf8"));
    if (script !== undefined) return await once(sandbox, script);
    return await interactive(sandbox);
  } finally {
    await provider.destroy(id);
  }
}

async function once(sandbox: Sandbox, script: string): Promise<number> {
  const result = await sandbox.run(script, { timeoutMs: 24 * 3600_000 });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  return result.exitCode;
}

/** State (directory, variables, files, the cluster) is kept from line to line. */
async function jsonLines(sandbox: Sandbox): Promise<number> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    let parsed: z.output<typeof request>;
    try {
      parsed = request.parse(JSON.parse(line));
    } catch (error) {
      const why = error instanceof z.ZodError ? (error.issues[0]?.message ?? "invalid") : "not JSON";
      process.stdout.write(`${JSON.stringify({ error: `this line is no request: ${why}` })}\n`);
      continue;
    }
    const { stdout, stderr, exitCode, ms, timedOut } = await sandbox.run(parsed.cmd, {
      timeoutMs: parsed.timeoutMs,
      files: parsed.files,
    });
    process.stdout.write(`${JSON.stringify({ stdout, stderr, exitCode, ms, ...(timedOut ? { timedOut } : {}) })}\n`);
  }
  return 0;
}

async function interactive(sandbox: Sandbox): Promise<number> {
  const { stdin, stdout } = process;
  const size = () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 });
  const terminal = await sandbox.openTerminal(size());
  stdin.setRawMode?.(true);
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    const finish = () => {
      stop();
      stdin.setRawMode?.(false);
      stdin.pause();
      resolve(0);
    };
    const stop = terminal.attach(0, ({ data }) => {
      stdout.write(data);
      if (decoder.decode(data).includes("[the shell ended")) finish();
    });
    stdin.on("data", (data: Buffer) => terminal.input(data.toString("utf8")));
    stdin.once("end", finish);
    stdout.on("resize", () => terminal.resize(size()));
  });
}
