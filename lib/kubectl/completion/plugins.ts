/**
 * Plugins in completion (k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go): their names stand among commands, and what
 * comes after one is asked of its kubectl_complete-NAME, which ends with a line ":DIRECTIVE".
 */
import type { ByteWriter, Process } from "../../machine/index.ts";
import { executablePlugins, pluginPath } from "../commands/plugin.ts";

interface Described {
  readonly text: string;
  readonly description: string;
}
export interface PluginAnswer {
  readonly candidates: readonly Described[];
  readonly directive: number;
}

/** What may come after these words, of the names of plugins: "kubectl-foo-bar_baz" is `foo bar-baz`. */
export function pluginNames(process: Process, words: readonly string[], current: string): Described[] {
  const next = new Set<string>();
  for (const name of executablePlugins(process)) {
    const parts = name.split("-").map((part) => part.replaceAll("_", "-"));
    const part = parts[words.length];
    if (part?.startsWith(current) && words.every((word, i) => parts[i] === word)) next.add(part);
  }
  return [...next].map((text) => ({ text, description: `The command ${text} is a plugin installed by the user` }));
}

/** How many of the words are the name of a plugin, or lead to one. */
function depthOf(process: Process, words: readonly string[]): number {
  let depth = 0;
  while (
    depth < words.length &&
    pluginNames(process, words.slice(0, depth), words[depth] ?? "").some(({ text }) => text === words[depth])
  )
    depth++;
  return depth;
}

/** Undefined where the words name no plugin. `stderr`: is told what is done, `told` first. */
export async function completePlugin(
  process: Process,
  before: readonly string[],
  current: string,
  stderr: ByteWriter,
  told: string,
): Promise<PluginAnswer | undefined> {
  const depth = depthOf(process, before);
  if (depth === 0) return undefined;
  const tell = (line: string) => stderr.write(`[Debug] ${line}\n`);
  await stderr.write(told);
  const words = before.slice(0, depth);
  const args = [...before.slice(depth), current];
  const name = words.map((word) => word.replaceAll("-", "_")).join("-");
  await tell(`About to look for: kubectl_complete-${name}`);
  const path = pluginPath(process, `kubectl_complete-${name}`);
  const deeper = args.length === 1 ? pluginNames(process, words, current) : [];
  if (path === undefined) {
    await tell(`Plugin kubectl-${name} does not provide a matching completion executable`);
    return { candidates: deeper, directive: 0 };
  }
  await tell(`About to call: ${path} ${args.join(" ")}`);
  const lines = (await printedBy(process, path, args, stderr)).split("\n").filter((line) => line !== "");
  const last = /^:(\d+)$/.exec(lines[lines.length - 1] ?? "");
  if (last !== null) lines.pop();
  const own = lines.map((line) => {
    const [text = "", description = ""] = line.split("\t");
    return { text, description };
  });
  return { candidates: [...deeper, ...own], directive: Number(last?.[1] ?? 0) };
}

async function printedBy(process: Process, path: string, args: readonly string[], stderr: ByteWriter): Promise<string> {
  const decoder = new TextDecoder();
  let printed = "";
  const stdout: ByteWriter = {
    write: async (data) => {
      printed += typeof data === "string" ? data : decoder.decode(data, { stream: true });
    },
    close: () => undefined,
  };
  const child = process.spawn({
    argv: [path, ...args],
    file: path,
    env: Object.fromEntries(process.env),
    stdin: process.stdin,
    stdout,
    stderr,
  });
  await child.exited;
  return printed;
}
