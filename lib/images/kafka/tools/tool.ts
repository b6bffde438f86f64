import type { Process } from "../../../machine/index.ts";
import type { KafkaClient } from "./client.ts";
import { type OptionSpec, type Options, UsageError } from "./options.ts";

export interface ToolContext {
  readonly process: Process;
  readonly version: string;
  readonly options: Options;
  /** A client that is closed when the tool ends. */
  connect(servers: string, name: string): KafkaClient;
  out(text: string): Promise<void>;
  complain(text: string): Promise<void>;
}

export type Tool = (context: ToolContext) => Promise<number>;

export interface ToolEntry {
  readonly run: Tool;
  readonly spec: OptionSpec;
}

/** --bootstrap-server, or the --broker-list that older tools had. */
export function bootstrapOf({ options }: ToolContext): string {
  const servers = options.get("bootstrap-server") ?? options.get("broker-list");
  if (servers === undefined) throw new UsageError('Missing required argument "[bootstrap-server]"');
  return servers;
}
