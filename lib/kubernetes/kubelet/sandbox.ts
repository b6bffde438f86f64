/** The process that holds a Pod's process namespace (shareProcessNamespace): /pause, whose number is 1. */
import { createMachine, type Machine } from "../../machine/index.ts";
import { ContainerNetwork } from "../network/stack.ts";
import type { NetworkStack } from "../network/types.ts";
import { newFileSystem } from "./file-systems.ts";
import type { NodeContext } from "./node-context.ts";
import { SharedProcesses } from "./processes.ts";

const IMAGE = "registry.k8s.io/pause:3.10";
const NOBODY = 65535;

export interface Sandbox {
  readonly processes: SharedProcesses;
  end(): void;
}

/** `ended`: the process has ended by itself. */
export function startSandbox(node: NodeContext, stack: NetworkStack, ended: () => void): Sandbox {
  const { clock, source } = node;
  const image = node.images.stored(IMAGE);
  if (image === undefined) throw new Error(`${IMAGE} is unknown`);
  const processes = new SharedProcesses();
  const machine: Machine = createMachine({
    clock,
    hostname: node.name,
    root: newFileSystem({ clock, source: "overlay", type: "overlay", tree: image.root }),
    programs: source.programs,
    init: true,
    network: new ContainerNetwork(stack),
  });
  processes.add(machine);
  const first = machine.spawn({ argv: [...image.entrypoint, ...image.command], uid: NOBODY, gid: NOBODY });
  let wanted = true;
  void first.exited.then(() => {
    if (wanted) ended();
  });
  return {
    processes,
    end: () => {
      wanted = false;
      machine.shutDown();
    },
  };
}
