import type { Process } from "../../../machine/index.ts";
import type { EtcdClient } from "./client.ts";
import type { FlagSpec, Parsed } from "./flags.ts";
import type { Format } from "./print.ts";

/** What a command of etcdctl has to work with. */
export interface Context {
  readonly process: Process;
  readonly client: EtcdClient;
  readonly flags: Parsed;
  /** Words behind the command's own. */
  readonly words: readonly string[];
  /** Words behind "--". */
  readonly afterDash: readonly string[] | undefined;
  readonly format: Format;
  out(text: string): Promise<void>;
  complain(text: string): Promise<void>;
}

export type Command = (context: Context) => Promise<number>;

export interface CommandEntry {
  readonly run: Command;
  readonly flags: FlagSpec;
}
