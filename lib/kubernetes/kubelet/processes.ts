/** Who sees whose processes: containers of one Pod (shareProcessNamespace, a debugger's target), or of one node (hostPID). */
import { Errno, type Machine, type Neighbour, type Neighbourhood, type ProcessInfo } from "../../machine/index.ts";
import type { LiveContainer } from "./instance.ts";

/** Machines that number their processes together and see all of each other's. */
export class SharedProcesses implements Neighbourhood {
  readonly #machines = new Set<Machine>();
  #last = 0;

  /** `machine` is among them before it starts anything, or what it runs keeps its numbers. */
  add(machine: Machine): void {
    for (const other of this.#machines) if (other.ownProcesses().length === 0) this.#machines.delete(other);
    for (const { pid } of machine.ownProcesses()) this.#last = Math.max(this.#last, pid);
    this.#machines.add(machine);
    machine.join(this);
  }

  nextPid(): number {
    return ++this.#last;
  }

  seenFrom(machine: Machine): readonly Neighbour[] {
    return [...this.#machines].flatMap((other) =>
      other === machine
        ? []
        : other.ownProcesses().map((info) => ({
            info,
            kill: (signal) => other.kill(info.pid, signal, "inside"),
            directory: () => other.processDirectory(info.pid, info.pid),
          })),
    );
  }
}

/** A container as its node sees it. */
export interface NodeContainer {
  readonly live: LiveContainer;
  readonly argv: readonly string[];
  readonly startedAt: number;
}

/** What runs on a node beside containers. */
const DAEMONS: readonly (readonly [pid: number, ...argv: string[]])[] = [
  [1, "/sbin/init"],
  [214, "/lib/systemd/systemd-journald"],
  [312, "/usr/local/bin/containerd"],
  [
    731,
    "/usr/bin/kubelet",
    "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf",
    "--kubeconfig=/etc/kubernetes/kubelet.conf",
    "--config=/var/lib/kubelet/config.yaml",
    "--container-runtime-endpoint=unix:///run/containerd/containerd.sock",
  ],
];
const FIRST_CONTAINER = 1000;
/** Who starts containers' first processes; the shims between are left out. */
const CONTAINERD = 312;

/** All processes of a node. Numbers are given when somebody looks. */
export class NodeProcesses implements Neighbourhood {
  readonly #containers: () => readonly NodeContainer[];
  readonly #numbers = new WeakMap<LiveContainer, Map<number, number>>();
  /** Machines whose own numbers are the node's. */
  readonly #joined = new WeakSet<Machine>();
  #last = FIRST_CONTAINER;

  constructor(containers: () => readonly NodeContainer[]) {
    this.#containers = containers;
  }

  add(machine: Machine): void {
    this.#joined.add(machine);
    machine.join(this);
  }

  nextPid(): number {
    return ++this.#last;
  }

  seenFrom(machine: Machine): readonly Neighbour[] {
    return [
      ...DAEMONS.map(([pid, ...argv]) => daemon(pid, argv)),
      ...this.#containers().flatMap((container) => this.#of(container, machine)),
    ];
  }

  #of({ live, argv, startedAt }: NodeContainer, machine: Machine): Neighbour[] {
    if (live.dormant === true) {
      const pid = this.#number(live, 1);
      return [
        {
          info: sleeping(pid, CONTAINERD, argv, startedAt),
          kill: (signal) => live.process.kill(signal),
          directory: () => live.machine.processDirectory(1, pid),
        },
      ];
    }
    const other = live.machine;
    if (other === machine) return [];
    const isJoined = this.#joined.has(other);
    const numbered = (pid: number) => (isJoined ? pid : this.#number(live, pid));
    return other.ownProcesses().map((info) => {
      const pid = numbered(info.pid);
      const parentPid = info.parentPid === 0 ? CONTAINERD : numbered(info.parentPid);
      const [processGroup, session] = [numbered(info.processGroup), numbered(info.session)];
      return {
        info: { ...info, pid, parentPid, processGroup, session },
        kill: (signal) => other.kill(info.pid, signal),
        directory: () => other.processDirectory(info.pid, pid),
      };
    });
  }

  #number(live: LiveContainer, pid: number): number {
    let numbers = this.#numbers.get(live);
    if (numbers === undefined) {
      numbers = new Map();
      this.#numbers.set(live, numbers);
    }
    const known = numbers.get(pid) ?? this.nextPid();
    numbers.set(pid, known);
    return known;
  }
}

function sleeping(pid: number, parentPid: number, argv: readonly string[], started: number): ProcessInfo {
  const cpuMs = 0;
  const memoryBytes = 0;
  return {
    pid,
    parentPid,
    processGroup: pid,
    session: pid,
    uid: 0,
    argv,
    state: "sleeping",
    started,
    cpuMs,
    memoryBytes,
    tty: false,
  };
}

/** The node itself cannot be taken down from inside a container: its daemons take no signals. */
function daemon(pid: number, argv: readonly string[]): Neighbour {
  return {
    info: sleeping(pid, pid === 1 ? 0 : 1, argv, 0),
    kill: () => {
      throw new Errno("EPERM");
    },
    directory: () => undefined,
  };
}
