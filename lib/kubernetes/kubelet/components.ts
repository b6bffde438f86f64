/** Containers that stand for parts of the simulation itself: the control plane's, and kube-proxy's. */
import type { Program } from "../../machine/index.ts";
import type { Container, Pod } from "../api/types.ts";
import type { LogSource } from "./log.ts";

/** What a kubelet asks about them. Implemented by the cluster. */
export interface SystemComponents {
  /** The component that a container is; undefined for everything that people run. */
  find(pod: Pod, container: Container): SystemComponent | undefined;
}

export interface SystemComponent {
  /** e.g. "kube-scheduler". */
  readonly name: string;
  /** Its first process, where the image's own would do something of its own. */
  readonly program?: Program;
  /** What metrics say it uses. */
  readonly usage: { readonly cpuMillicores: number; readonly memoryBytes: number };
  /** True where its command is what the cluster came with: it only waits, so that no process is made for nobody to see. */
  readonly pristine: boolean;
  /** Ports it listens on, also while no process of it is made. */
  readonly listens?: readonly number[];
  /** What it has logged since `from` (ms). */
  log(from: number): LogSource;
  /** Its container runs, or has ended (not for want of power). */
  running(on: boolean): void;
}
