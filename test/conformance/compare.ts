/** Brings a recorded and a replayed history into a form in which they must be equal. */
import type { HistoryEntry, Recording } from "./replay.ts";

/** Fields that are compared, by kind. Everything else is a matter of time or of the machine. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["phase", "ready", "node", "images", "revision", "terminating", "owner"],
  ControllerRevision: ["revision"],
  PersistentVolumeClaim: ["phase", "volume", "capacity", "terminating", "finalizers", "annotations"],
  PersistentVolume: ["phase", "claim", "terminating", "reclaim", "finalizers"],
  StatefulSet: [
    "generation",
    "observed",
    "replicas",
    "ready",
    "current",
    "updated",
    "currentRevision",
    "updateRevision",
    "terminating",
  ],
  ReplicaSet: ["spec", "replicas", "ready"],
  Deployment: ["spec", "replicas", "ready"],
  EndpointSlice: ["endpoints"],
};

/** Kinds whose states in between depend on how fast caches and kubelets were: only how they are after each step counts. */
const SETTLED_ONLY = new Set(["StatefulSet", "ReplicaSet", "Deployment", "EndpointSlice"]);

/** Gives each random name (hash, uid, suffix) the number of its first appearance. */
class Names {
  readonly #known = new Map<string, string>();

  mask(text: string): string {
    return text
      .replace(/pvc-[0-9a-f]{8}-[0-9a-f-]{27}/g, (name) => this.#number("pvc", name))
      .replace(
        /\b(app|db|j)-([0-9bcdfghjklmnpqrstvwxz]{5,10})(-[0-9bcdfghjklmnpqrstvwxz]{5})?(?![0-9a-z])/g,
        (_all, owner: string, hash: string, pod?: string) =>
          pod === undefined && owner === "app" ? this.#number("rs", hash) : `${owner}-pod`,
      )
      .replace(/\b(web)-([0-9bcdfghjklmnpqrstvwxz]{6,10})(?![0-9a-z-])/g, (_all, _owner, hash: string) =>
        this.#number("revision", hash),
      )
      .replace(/"revision":"([0-9bcdfghjklmnpqrstvwxz]{6,10})"/g, (_all, hash: string) => this.#number("rs", hash))
      .replace(/\bnginx-[0-9bcdfghjklmnpqrstvwxz]{5}\b/g, "nginx-slice")
      .replace(/to node-\d/g, "to a node");
  }

  #number(kind: string, name: string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const count = [...this.#known.values()].filter((value) => value.startsWith(`${kind}#`)).length;
    this.#known.set(name, `${kind}#${count + 1}`);
    return `${kind}#${count + 1}`;
  }
}

/** How a recording is compared. */
export interface Comparison {
  /** Pods come and go in an order that is promised. */
  readonly ordered: boolean;
  /** Something took longer on the recorded machine than the recorder waited: which step a change fell into says nothing. */
  readonly looseSteps?: boolean;
}

/**
 * Words that have changed between the recorded 1.23 and 1.34, and what only a control plane with caches says. Undefined
 * drops an event.
 */
function modernWords(event: string): string | undefined {
  // Two writers of one Endpoints object collided over a stale cache; there is no cache here that could be stale.
  if (event.startsWith("FailedToUpdateEndpoint")) return undefined;
  return (
    event
      // 1.25 (#111616): the old size is told too. Left out of ours by the same rule, so that both read alike.
      .replace(/(Scaled (?:up|down) replica set \S+) from \d+ to/, "$1 to")
      // 1.24 (#106914): a refusal before nodes are looked at is told once, not per node.
      .replace(/(0\/3 nodes are available:) 3 (pod has unbound immediate PersistentVolumeClaims\.)/, "$1 $2")
      // 1.24 (#107560): what came of preemption is told after it; 1.34: after what dynamic resources say.
      .replace(/ (no new claims to deallocate, )?preemption: 0\/3 nodes are available: .*$/, "")
      // 1.24: the claim is named by the message of the filter, without a count.
      .replace(/(0\/3 nodes are available:) 3 (persistentvolumeclaim "\S+" (?:not found|is being deleted)\.)/, "$1 $2")
  );
}

interface Lines {
  readonly [kind: string]: readonly string[];
}

/** Volumes of other recordings that ran at the same time are none of this one's. */
function isOurs(recording: Recording, history: readonly HistoryEntry[]): (entry: HistoryEntry) => boolean {
  const text = Object.values(recording.files).join("\n");
  const claims = new Set(history.filter(({ kind }) => kind === "PersistentVolumeClaim").map(({ name }) => name));
  const made = new Set(
    history
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .map((entry) => entry["volume"] as string | undefined),
  );
  return ({ kind, name, claim }: HistoryEntry) =>
    kind !== "PersistentVolume" ||
    (name.startsWith("pvc-")
      ? claims.has(String(claim)) && made.has(name)
      : text.includes(`name: ${name},`) || text.includes(`name: ${name}}`));
}

/** One line per change that counts, by kind; events by what they are about. */
export function linesOf(
  recording: Recording,
  history: readonly HistoryEntry[],
  { ordered, looseSteps = false }: Comparison,
): Lines {
  const names = new Names();
  const lines: Record<string, string[]> = {};
  const append = (kind: string, line: string) => {
    const list = lines[kind] ?? [];
    list.push(line);
    lines[kind] = list;
  };
  const last = new Map<string, string>();
  const ours = history.filter(isOurs(recording, history));
  for (const [index, entry] of ours.entries()) {
    const { type, kind, name } = entry;
    const step = looseSteps ? 0 : entry.step;
    if (kind === "Event") {
      const message = modernWords(`${entry["reason"]} ${entry["eventType"]} ${entry["source"]}: ${entry["message"]}`);
      if (message === undefined || type !== "ADDED") continue;
      const about = names.mask(String(entry["about"]));
      append(`Event ${about}`, names.mask(`${step} ${message}`));
      continue;
    }
    const fields = FIELDS[kind];
    if (fields === undefined) continue;
    if (SETTLED_ONLY.has(kind)) {
      const later = ours
        .slice(index + 1)
        .some((next) => next.kind === kind && next.name === name && (looseSteps || next.step === step));
      if (later) continue;
    }
    const state: Record<string, unknown> = {};
    for (const field of fields) {
      let value = entry[field];
      // Whether a set saw its own deletion before it was gone is a race.
      if (field === "observed" && entry["terminating"] === true) continue;
      // 1.33 (HonorPVReclaimPolicy is GA): volumes of in-tree provisioners also carry a finalizer of the controller's.
      if (Array.isArray(value) && field === "finalizers")
        value = value.filter((one) => one !== "kubernetes.io/pv-controller");
      if (Array.isArray(value) && (field === "endpoints" || field === "finalizers")) value = [...value].sort();
      if (value !== undefined && value !== 0) state[field] = value;
    }
    // What a set looked like at its end is a race between its controller and the garbage collector.
    const text = SETTLED_ONLY.has(kind) && type === "DELETED" ? "gone" : JSON.stringify(state);
    // What the recorder left out makes some changes look like none.
    if (type === "MODIFIED" && last.get(`${kind}/${name}`) === text) continue;
    last.set(`${kind}/${name}`, text);
    append(kind, `${names.mask(`${step} ${SETTLED_ONLY.has(kind) ? "" : `${type} `}${name} ${text}`)}`);
  }
  for (const [kind, list] of Object.entries(lines))
    if (!ordered || SETTLED_ONLY.has(kind) || kind.startsWith("Persistent") || kind.startsWith("Event")) list.sort();
  return lines;
}
