/** Small machines for tests. */
import { type VirtualClock, virtualClock } from "../clock/index.ts";
import {
  type ChildProcess,
  createMachine,
  directory,
  type FileSystem,
  loopbackNetwork,
  type Machine,
  type MachineOptions,
  memoryFileSystem,
  merged,
  type Program,
  standardRootTree,
} from "./index.ts";

interface TestMachine {
  readonly machine: Machine;
  readonly clock: VirtualClock;
  readonly root: FileSystem;
  /** Starts a program under the given name and collects what it prints. */
  run(
    argv: readonly string[],
    options?: Omit<Parameters<Machine["spawn"]>[0], "argv">,
  ): { readonly child: ChildProcess; output(): string; errors(): string };
}

/** A machine whose PATH holds the given programs. */
export function testMachine(
  programs: Readonly<Record<string, Program>> = {},
  options: Partial<MachineOptions> & {
    readonly files?: Parameters<typeof directory>[0];
    readonly clock?: VirtualClock;
  } = {},
): TestMachine {
  const clock = options.clock ?? virtualClock();
  // Programs with a slash in their name are for roots that point to them.
  const names = Object.keys(programs).filter((name) => !name.includes("/"));
  const tree = merged(
    standardRootTree(names),
    directory(Object.fromEntries(Object.entries(options.files ?? {}).map(([path, content]) => [path, content]))),
  );
  const root = options.root ?? memoryFileSystem({ clock, tree, source: "overlay", fileSystemType: "overlay" });
  const { files: _, ...rest } = options;
  const machine = createMachine({
    hostname: "box",
    network: loopbackNetwork(),
    programs: new Map(Object.entries(programs)),
    ...rest,
    clock,
    root,
  });
  const decoder = new TextDecoder();
  const collect = (parts: string[]) => ({
    write: async (data: Uint8Array | string) => {
      parts.push(typeof data === "string" ? data : decoder.decode(data));
    },
    close: () => undefined,
  });
  return {
    machine,
    clock,
    root,
    run(argv, spawn = {}) {
      const out: string[] = [];
      const err: string[] = [];
      const child = machine.spawn({ argv, stdout: collect(out), stderr: collect(err), ...spawn });
      return { child, output: () => out.join(""), errors: () => err.join("") };
    },
  };
}
