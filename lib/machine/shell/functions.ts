import type { Function as FunctionNode } from "unbash";
import type { SourceText } from "./parse.ts";

/** A function as it was defined. */
export interface FunctionDefinition {
  readonly name: string;
  readonly node: FunctionNode;
  readonly source: SourceText;
  readonly exported: boolean;
  readonly readonly?: boolean;
}
