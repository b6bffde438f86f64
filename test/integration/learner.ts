/** A learner's sandbox for tests: a fork under virtual time, so that nothing waits for real. */
import { readFileSync } from "node:fs";
import { embeddedSandboxes } from "../../lib/sandbox/embedded/index.node.ts";
import type { CommandResult, Sandbox, SandboxId, SandboxSpec } from "../../lib/sandbox/types.ts";

export interface Learner {
  readonly sandbox: Sandbox;
  /** Runs a command line in a session that keeps its state. Fails the test where the command does not end. */
  run(command: string): Promise<CommandResult>;
  /** Runs and expects exit code 0; gives stdout. */
  ok(command: string): Promise<string>;
  /** Lets virtual time pass until nothing is going on. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

let count = 0;

export async function learner(spec: Partial<SandboxSpec> = {}): Promise<Learner> {
  const provider = embeddedSandboxes();
  const id = `test-${++count}` as SandboxId;
  const created = await provider.create(id, { files: {}, seed: 1, ...spec });
  const sandbox = await created.fork();
  const run = async (command: string) => {
    const result = await sandbox.run(command, { timeoutMs: 10 * 60_000, session: "test" });
    if (result.timedOut)
      throw new Error(`did not end within ten minutes: ${command}\n${result.stdout}${result.stderr}`);
    return result;
  };
  return {
    sandbox,
    run,
    ok: async (command) => {
      const result = await run(command);
      if (result.exitCode !== 0)
        throw new Error(`exit code ${result.exitCode}: ${command}\n${result.stdout}${result.stderr}`);
      return result.stdout;
    },
    settle: async () => {
      const { settled } = await sandbox.advance({ withinMs: 10 * 60_000, untilSettled: true });
      if (!settled) throw new Error("the cluster did not settle within ten minutes");
    },
    close: async () => {
      await sandbox.close();
      await provider.destroy(id);
    },
  };
}

export const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
