/** Scripts, and what the real bash, BusyBox's ash and dash write for them: output, messages and status, recorded. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ours, type ShellName } from "./shells.ts";

interface Recorded {
  readonly script: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const FOLDER = new URL(".", import.meta.url);
const topicsOf = (shell: ShellName): readonly (readonly [ShellName, string])[] =>
  (existsSync(new URL(`${shell}/`, FOLDER)) ? readdirSync(new URL(`${shell}/`, FOLDER)) : [])
    .filter((name) => name.endsWith(".json"))
    .map((name) => [shell, name.slice(0, -".json".length)] as const);
const topics = (["bash", "ash", "dash"] as const).flatMap(topicsOf);

describe.each(topics)("%s does as the real one: %s", (shell, topic) => {
  const recorded = JSON.parse(readFileSync(new URL(`${shell}/${topic}.json`, FOLDER), "utf8")) as readonly Recorded[];
  it.each(recorded.map((each) => [each.script, each] as const))("%s", async (line, { stdout, stderr, exitCode }) => {
    expect(await ours(shell, line.replaceAll("⏎", "\n"))).toEqual({ stdout, stderr, exitCode });
  });
});
