/** What a jq program is made of. */

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type UpdateOperator = "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=";

export type Pattern =
  | { readonly type: "variable"; readonly name: string }
  | { readonly type: "array"; readonly items: readonly Pattern[] }
  | {
      readonly type: "object";
      readonly entries: readonly {
        /** `$name`: binds the variable too. */
        readonly variable: string | undefined;
        readonly key: Node;
        readonly value: Pattern | undefined;
      }[];
    };

export interface Definition {
  readonly name: string;
  /** With "$" where the parameter is a value. */
  readonly parameters: readonly string[];
  readonly body: Node;
}

export type Node =
  | { readonly type: "identity" }
  | { readonly type: "recurse" }
  | { readonly type: "literal"; readonly value: number | string | boolean | null }
  /** `.[key]` of what `of` gives. */
  | { readonly type: "index"; readonly of: Node; readonly key: Node }
  | { readonly type: "slice"; readonly of: Node; readonly from: Node | undefined; readonly to: Node | undefined }
  | { readonly type: "iterate"; readonly of: Node }
  | { readonly type: "string"; readonly format: string | undefined; readonly parts: readonly (string | Node)[] }
  | { readonly type: "format"; readonly name: string }
  | { readonly type: "array"; readonly body: Node | undefined }
  | { readonly type: "object"; readonly entries: readonly { readonly key: Node; readonly value: Node }[] }
  | { readonly type: "negate"; readonly body: Node }
  | { readonly type: "pipe"; readonly left: Node; readonly right: Node }
  | { readonly type: "comma"; readonly left: Node; readonly right: Node }
  | { readonly type: "alternative"; readonly left: Node; readonly right: Node }
  | { readonly type: "and"; readonly left: Node; readonly right: Node }
  | { readonly type: "or"; readonly left: Node; readonly right: Node }
  | { readonly type: "arithmetic"; readonly operator: ArithmeticOperator; readonly left: Node; readonly right: Node }
  | { readonly type: "compare"; readonly operator: CompareOperator; readonly left: Node; readonly right: Node }
  | { readonly type: "update"; readonly operator: UpdateOperator; readonly left: Node; readonly right: Node }
  | { readonly type: "if"; readonly test: Node; readonly yes: Node; readonly no: Node | undefined }
  | { readonly type: "try"; readonly body: Node; readonly handler: Node | undefined }
  | {
      readonly type: "reduce";
      readonly source: Node;
      readonly patterns: readonly Pattern[];
      readonly first: Node;
      readonly update: Node;
    }
  | {
      readonly type: "foreach";
      readonly source: Node;
      readonly patterns: readonly Pattern[];
      readonly first: Node;
      readonly update: Node;
      readonly extract: Node | undefined;
    }
  | { readonly type: "as"; readonly source: Node; readonly patterns: readonly Pattern[]; readonly body: Node }
  | { readonly type: "define"; readonly definition: Definition; readonly body: Node }
  | { readonly type: "call"; readonly name: string; readonly args: readonly Node[]; readonly at: number }
  | { readonly type: "variable"; readonly name: string; readonly at: number }
  | { readonly type: "label"; readonly name: string; readonly body: Node }
  | { readonly type: "break"; readonly name: string; readonly at: number };

/** The program is wrong: `at` is where, in characters. */
export class JqSyntaxError extends Error {
  readonly at: number;
  /** What else is wrong with the program. */
  readonly more: readonly JqSyntaxError[];
  constructor(message: string, at: number, more: readonly JqSyntaxError[] = []) {
    super(message);
    this.at = at;
    this.more = more;
  }
}
