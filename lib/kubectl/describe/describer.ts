/** What a describer gets to work with. */
import type { Resource } from "../client/discovery.ts";
import type { Invocation } from "../invocation.ts";
import type { Json, KubeObject } from "../object.ts";
import type { DescribeWriter } from "./writer.ts";

export interface DescribeContext {
  readonly invocation: Invocation;
  readonly resource: Resource;
  readonly object: KubeObject;
  /** Undefined with --show-events=false. */
  readonly events: readonly Json[] | undefined;
  readonly now: number;
}

/** Writes everything of one object, its events included. */
export type Describer = (writer: DescribeWriter, context: DescribeContext) => void | Promise<void>;
