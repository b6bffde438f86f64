/** The real kubectl, where this machine has it: `kubectl` on the PATH and versioned binaries beside it. */
import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export interface KubectlBinary {
  readonly name: string;
  readonly path: string;
}

const runnable = (path: string) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Versioned binaries (kubectl.1.33), newest first; `kubectl` itself where there are none. */
export function kubectlBinaries(): KubectlBinary[] {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(directory, "kubectl");
    if (!runnable(path)) continue;
    const home = dirname(realpathSync(path));
    const versioned = readdirSync(home)
      .filter((name) => /^kubectl\.1\.\d+$/.test(name) && runnable(join(home, name)))
      .sort((a, b) => Number(b.split(".")[2]) - Number(a.split(".")[2]))
      .map((name) => ({ name, path: join(home, name) }));
    return versioned.length > 0 ? versioned : [{ name: "kubectl", path }];
  }
  return [];
}

interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export function runKubectl(
  binary: KubectlBinary,
  kubeconfig: string,
  args: readonly string[],
  input?: string,
  cwd?: string,
  env: Readonly<Record<string, string>> = {},
  /** ms after which it is ended. */
  timeout = 20_000,
): Promise<KubectlResult> {
  return new Promise((resolve) => {
    const child = spawn(binary.path, args, {
      // It calls itself by the name it was run by.
      argv0: "kubectl",
      env: {
        PATH: process.env["PATH"],
        HOME: dirname(kubeconfig),
        KUBECONFIG: kubeconfig,
        ...env,
      } as unknown as NodeJS.ProcessEnv,
      ...(cwd === undefined ? {} : { cwd }),
      timeout,
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => resolve({ stdout: "", stderr: String(error), exitCode: 1 }));
    child.on("close", (code) => {
      resolve({
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        exitCode: code ?? 1,
      });
    });
    // It may end without reading.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
  });
}
