/** What a key at the prompt costs the worker, and a command. */
import { embeddedSandboxes } from "../../lib/sandbox/embedded/index.node.ts";
import type { SandboxId } from "../../lib/sandbox/types.ts";
import { report, threadCpuMs } from "./measure.ts";

const provider = embeddedSandboxes({ onBug: (where, error) => console.error(`bug in ${where}:`, error) });
const sandbox = await provider.create("keys" as SandboxId, { files: {}, seed: 1, latencies: "none" });
const terminal = await sandbox.openTerminal({ columns: 80, rows: 24 });
const decoder = new TextDecoder();
let seen = "";
let looking: (() => void) | undefined;
terminal.attach(0, ({ data }) => {
  seen += decoder.decode(data);
  looking?.();
});
const appears = (text: string) =>
  new Promise<void>((resolve) => {
    looking = () => {
      if (!seen.includes(text)) return;
      looking = undefined;
      resolve();
    };
    looking();
  });
await appears("$ ");

async function keys(count: number): Promise<number> {
  const before = threadCpuMs();
  for (let n = 0; n < count; n++) {
    seen = "";
    if (n % 60 === 59) {
      terminal.input("\x15");
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const key = String.fromCharCode(97 + (n % 26));
    terminal.input(key);
    await appears(key);
  }
  terminal.input("\x15");
  return (threadCpuMs() - before) / count;
}

async function lines(line: string, count: number): Promise<number> {
  const before = threadCpuMs();
  for (let n = 0; n < count; n++) {
    seen = "";
    terminal.input(`${line}; echo answer-$((40+2))\r`);
    await appears("answer-42");
    await appears("$ ");
  }
  return (threadCpuMs() - before) / count;
}

await keys(2000);
report("a key at the prompt, processor", await keys(10_000), "ms");
for (const line of ["true", "kubectl get pods", "kubectl get pods -A -o yaml | wc -l", "ls -l /bin | wc -l"]) {
  await lines(line, 30);
  report(`\`${line}\`, processor`, await lines(line, 100), "ms");
}
process.exit(0);
