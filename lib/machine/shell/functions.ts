import type { Function as FunctionNode } from "unbash";
import type { SourceText } from "./parse.ts";

/** A function as it was defined. */
export interface FunctionDefinition {
  readonly name: string;
  readonly node: FunctionNode;
  readonly source: SourceText;
  readonly exported: boolean;
  readonly readonly?: boolean;
  /** `declare -ft`: it inherits the traps DEBUG and RETURN. */
  readonly traced?: boolean;
}
