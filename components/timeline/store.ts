/** Which moment of a cluster is looked at, and what in it stands out. Framework-free. */
import type { ClusterRecord, Objects } from "../live/record.ts";
import { Store } from "../live/store.ts";

interface Moment {
  /** Key of an object ("Pod/default/web-0"). */
  readonly selected: string | undefined;
  /** Undefined: now. */
  readonly past: { readonly sequence: number; readonly time: number; readonly objects: Objects } | undefined;
}

export class MomentStore extends Store<Moment> {
  readonly #record: ClusterRecord;

  constructor(record: ClusterRecord) {
    super({ selected: undefined, past: undefined });
    this.#record = record;
  }

  select(key: string | undefined): void {
    this.update({ selected: key });
  }

  live(): void {
    this.update({ past: undefined });
  }

  /** Looks at the cluster as it was just after the record at this place of the list; beyond the last: now. */
  goTo(index: number): void {
    const { records } = this.#record.get();
    const record = records[index];
    if (record === undefined || index >= records.length - 1) {
      this.live();
      return;
    }
    this.update({
      past: { sequence: record.sequence, time: record.time, objects: this.#record.at(record.sequence) },
    });
  }
}
