/** Brings a recorded and a replayed history into a form in which they must be equal. */
import type { HistoryEntry, Recording } from "./replay.ts";

/** Fields that are compared, by kind. Everything else is a matter of time or of the machine. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["phase", "ready", "node", "images", "revision", "terminating", "owner"],
  ControllerRevision: ["revision"],
  PersistentVolumeClaim: ["phase", "volume", "capacity", "terminating", "finalizers", "annotations"],
  PersistentVolume: ["phase", "claim", "terminating", "reclaim", "finalizers"],
  StatefulSet: ["generation", "observed", "replicas", "ready", "current", "updated", "currentRevision", "updateRevision", "terminating"],
  ReplicaSet: ["spec", "replicas", "ready", "terminating"],
  Deployment: ["spec", "replicas", "ready", "terminating"],
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
      .replace(/\b(app|db)-([0-9bcdfghjklmnpqrstvwxz]{5,10})(-[0-9bcdfghjklmnpqrstvwxz]{5})?(?![0-9a-z])/g, (_all, owner: string, hash: string, pod?: string) =>
        pod === undefined && owner === "app" ? this.#number("rs", hash) : `${owner}-pod`,
      )
      .replace(/\b(web)-([0-9bcdfghjklmnpqrstvwxz]{6,10})(?![0-9a-z-])/g, (_all, _owner, hash: string) => this.#number("revision", hash))
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

export interface Lines {
  readonly [kind: string]: readonly string[];
}

/** Volumes of other recordings that ran at the same time are none of this one's. */
function isOurs(recording: Recording, history: readonly HistoryEntry[]): (entry: HistoryEntry) => boolean {
  const text = Object.values(recording.files).join("\n");
  const claims = new Set(history.filter(({ kind }) => kind === "PersistentVolumeClaim").map(({ name }) => name));
  const made = new Set(
    history.filter(({ kind }) => kind === "PersistentVolumeClaim").map((entry) => entry["volume"] as string | undefined),
  );
  return ({ kind, name, claim }: HistoryEntry) =>
    kind !== "PersistentVolume" ||
    (name.startsWith("pvc-") ? claims.has(String(claim)) && made.has(name) : text.includes(`name: ${name},`) || text.includes(`name: ${name}}`));
}

/** One line per change that counts, by kind; events by what they are about. `ordered`: false where Pods come in bursts. */
export function linesOf(
  recording: Recording,
  history: readonly HistoryEntry[],
  ordered: boolean,
  event: (message: string) => string | undefined = (message) => message,
): Lines {
  const names = new Names();
  const lines: Record<string, string[]> = {};
  const last = new Map<string, string>();
  const ours = history.filter(isOurs(recording, history));
  for (const [index, entry] of ours.entries()) {
    const { step, type, kind, name } = entry;
    if (kind === "Event") {
      const message = event(`${entry["reason"]} ${entry["eventType"]} ${entry["source"]}: ${entry["message"]}`);
      if (message === undefined || type !== "ADDED") continue;
      const about = names.mask(String(entry["about"]));
      (lines[`Event ${about}`] ??= []).push(names.mask(`${step} ${message}`));
      continue;
    }
    const fields = FIELDS[kind];
    if (fields === undefined) continue;
    if (SETTLED_ONLY.has(kind)) {
      const later = ours.slice(index + 1).some((next) => next.kind === kind && next.name === name && next.step === step);
      if (later) continue;
    }
    const state: Record<string, unknown> = {};
    for (const field of fields) {
      let value = entry[field];
      if (Array.isArray(value) && (field === "endpoints" || field === "finalizers")) value = [...value].sort();
      if (value !== undefined && value !== 0) state[field] = value;
    }
    const text = JSON.stringify(state);
    // What the recorder left out makes some changes look like none.
    if (type === "MODIFIED" && last.get(`${kind}/${name}`) === text && !SETTLED_ONLY.has(kind)) continue;
    last.set(`${kind}/${name}`, text);
    (lines[kind] ??= []).push(`${names.mask(`${step} ${SETTLED_ONLY.has(kind) ? "" : `${type} `}${name} ${text}`)}`);
  }
  for (const [kind, list] of Object.entries(lines))
    if (!ordered || SETTLED_ONLY.has(kind) || kind.startsWith("Persistent")) list.sort();
  return lines;
}
