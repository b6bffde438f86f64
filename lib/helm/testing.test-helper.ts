/** A machine with helm and a few files, and no cluster. */
import { virtualClock } from "../clock/index.ts";
import { TransportError } from "../kubectl/index.ts";
import { createMachine, directory, loopbackNetwork, memoryFileSystem } from "../machine/index.ts";
import { createHelm } from "./index.ts";

interface Result {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

export interface Workbench {
  /** `words` are helm's arguments. */
  helm(...words: string[]): Promise<Result>;
  write(path: string, text: string): void;
  read(path: string): string;
}

/** Files by path below the working directory. */
export function workbench(files: Readonly<Record<string, string>>): Workbench {
  const clock = virtualClock({ seed: 7 });
  const helm = createHelm({
    connect: async () => {
      throw new TransportError("dial tcp 127.0.0.1:6443: connect: connection refused");
    },
  });
  const root = memoryFileSystem({
    clock,
    source: "overlay",
    fileSystemType: "overlay",
    tree: directory({ work: directory({}), root: directory({}) }),
  });
  const machine = createMachine({
    clock,
    hostname: "bench",
    root,
    programs: new Map([["helm", helm]]),
    network: loopbackNetwork(),
  });
  const write = (path: string, text: string) => {
    const full = `/work/${path}`;
    machine.files.makeDirectory(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    machine.files.writeFile(full, text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    write,
    read: (path) => machine.files.readText(`/work/${path}`),
    async helm(...words) {
      const collected = { out: "", err: "" };
      const decoder = new TextDecoder();
      const sink = (to: "out" | "err") => ({
        write: async (data: Uint8Array | string) => {
          collected[to] += typeof data === "string" ? data : decoder.decode(data);
        },
        close: () => {},
      });
      const child = machine.spawn({
        argv: ["helm", ...words],
        program: helm,
        cwd: "/work",
        env: { HOME: "/root", PATH: "/bin" },
        stdout: sink("out"),
        stderr: sink("err"),
      });
      let status: { readonly code: number } | undefined;
      void child.exited.then((exit) => {
        status = exit;
      });
      await clock.runUntil(() => status !== undefined, 3_600_000);
      return { ...collected, code: status?.code ?? -1 };
    },
  };
}
