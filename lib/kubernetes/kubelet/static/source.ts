/** Pods of files: what lies in the node's manifest directory runs (pkg/kubelet/config/file.go, file_linux.go). */
import type { Cancel } from "../../../clock/index.ts";
import { type FileSystem, isErrno } from "../../../machine/index.ts";
import type { Pod } from "../../api/types.ts";
import type { NodeContext } from "../node-context.ts";
import { nanoTime } from "../time.ts";
import { type Manifest, readManifest, SEEN } from "./manifest.ts";

/** --pod-manifest-path, as kubeadm has it. */
export const MANIFESTS = "/etc/kubernetes/manifests";
/** Where the kubelet says what it thinks of a file. */
export const KUBELET_LOG = "/var/log/kubelet.log";
const LOG_BYTES = 64 * 1024;
/** fileCheckFrequency: a file that has become unreadable takes its Pod along at the next look at all of them. */
const CHECK_MS = 20_000;

interface FileSourceOptions {
  readonly files: FileSystem;
  readonly node: Pick<NodeContext, "name" | "clock">;
  /** All Pods of the directory, after each change that means something. */
  readonly changed: (pods: readonly Pod[]) => void;
}

interface Known {
  /** The same object for the same text. */
  readonly manifest: Manifest;
  readonly pod: Pod | undefined;
}

export class FileSource {
  readonly #options: FileSourceOptions;
  #known = new Map<string, Known>();
  #stop: (() => void) | undefined;
  #scheduled: Cancel | undefined;
  #check: Cancel | undefined;
  /** Told before, and still so. */
  #complaint = "";

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  /** Begins to watch, and tells what is there. */
  start(): void {
    const { files } = this.#options;
    this.#stop ??= files.watch("/etc", ({ path }) => {
      if (path.startsWith(MANIFESTS) || MANIFESTS.startsWith(path)) this.#later();
    });
    this.#look(true);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#scheduled?.();
    this.#scheduled = undefined;
    this.#check?.();
    this.#check = undefined;
  }

  /** A file is written in several steps; what counts is what it is in the end. */
  #later(): void {
    this.#scheduled ??= this.#options.node.clock.after(0, () => {
      this.#scheduled = undefined;
      this.#look(false);
    });
  }

  /** `all`: a file that is no Pod (any more) takes its Pod along; else the Pod stays until the next look at all. */
  #look(all: boolean): void {
    const { node, files } = this.#options;
    const found = new Map<string, Known>();
    for (const path of manifestsIn(files)) {
      const before = this.#known.get(path);
      let text: string;
      try {
        text = files.readText(path);
      } catch (error) {
        if (!isErrno(error)) throw error;
        continue;
      }
      const manifest = readManifest(text, path, node.name);
      if ("pod" in manifest) {
        found.set(path, before?.manifest === manifest ? before : { manifest, pod: this.#seen(manifest.pod) });
        continue;
      }
      if (before?.manifest !== manifest || all) this.#complain(path, manifest.error, all);
      found.set(path, { manifest, pod: all ? undefined : before?.pod });
    }
    this.#known = found;
    if ([...found.values()].every(({ pod }) => pod !== undefined)) this.#complaint = "";
    this.#options.changed([...found.values()].flatMap(({ pod }) => (pod === undefined ? [] : [pod])));
  }

  #seen(pod: Pod): Pod {
    const { metadata } = pod;
    const annotations = { ...metadata.annotations, [SEEN]: nanoTime(this.#options.node.clock.now()) };
    return { ...pod, metadata: { ...metadata, annotations } };
  }

  #complain(path: string, why: string, all: boolean): void {
    const { clock } = this.#options.node;
    const complaint = `${all} ${path} ${why}`;
    if (!all)
      this.#check ??= clock.after(CHECK_MS, () => {
        this.#check = undefined;
        this.#look(true);
      });
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    this.#log(
      all
        ? `file.go:187] "Could not process manifest file" err=${JSON.stringify(why)} path=${JSON.stringify(path)}`
        : `file.go:104] "Unable to process watch event" err=${JSON.stringify(`can't process config file ${JSON.stringify(path)}: ${why}`)}`,
    );
  }

  #log(line: string): void {
    const { files, node } = this.#options;
    const stamp = new Date(node.clock.now()).toISOString();
    const text = `E${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 23)}000     731 ${line}\n`;
    try {
      const before = files.exists(KUBELET_LOG) ? files.readText(KUBELET_LOG) : "";
      files.writeFile(KUBELET_LOG, (before + text).slice(-LOG_BYTES));
    } catch (error) {
      // The disk is full, or somebody has put a directory there.
      if (!isErrno(error)) throw error;
    }
  }
}

/** Regular files whose names do not begin with a dot, in order. */
function manifestsIn(files: FileSystem): string[] {
  try {
    return files
      .list(MANIFESTS)
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("."))
      .sort()
      .map((name) => `${MANIFESTS}/${name}`)
      .filter((path) => files.exists(path) && files.stat(path).type === "file");
  } catch (error) {
    if (isErrno(error)) return [];
    throw error;
  }
}
