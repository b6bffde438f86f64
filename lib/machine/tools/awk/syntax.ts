/** What an awk program is made of. */

export type AssignOperator = "=" | "+=" | "-=" | "*=" | "/=" | "%=" | "^=";
export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "^" | "<" | "<=" | "==" | "!=" | ">" | ">=" | " ";

export type Variable =
  | { readonly type: "global"; readonly name: string }
  | { readonly type: "local"; readonly index: number; readonly name: string };
type ElementExpression = {
  readonly type: "element";
  readonly array: Variable;
  readonly subscripts: readonly Expression[];
};
export type LeftValue = Variable | ElementExpression | { readonly type: "field"; readonly index: Expression };

export type Expression =
  | LeftValue
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  /** Matches $0 where it stands alone. */
  | { readonly type: "regex"; readonly source: string }
  /** Parenthesised: no longer a bare regex, list or comparison of `print`. */
  | { readonly type: "group"; readonly items: readonly Expression[] }
  | {
      readonly type: "assign";
      readonly operator: AssignOperator;
      readonly target: LeftValue;
      readonly value: Expression;
    }
  | {
      readonly type: "conditional";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly type: "logical"; readonly operator: "&&" | "||"; readonly left: Expression; readonly right: Expression }
  | { readonly type: "in"; readonly array: Variable; readonly subscripts: readonly Expression[] }
  | { readonly type: "match"; readonly negated: boolean; readonly left: Expression; readonly right: Expression }
  | {
      readonly type: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly type: "unary"; readonly operator: "!" | "-" | "+"; readonly operand: Expression }
  | { readonly type: "increment"; readonly by: 1 | -1; readonly prefix: boolean; readonly target: LeftValue }
  | { readonly type: "call"; readonly name: string; readonly args: readonly Expression[]; readonly line: number }
  | {
      readonly type: "builtin";
      readonly name: string;
      readonly args: readonly Expression[];
      readonly line: number;
      /** Where its arguments end. */
      readonly at: number;
    }
  /** gawk's `@name(...)`: the function that the variable names. */
  | { readonly type: "indirect"; readonly name: Variable; readonly args: readonly Expression[] }
  | {
      readonly type: "getline";
      readonly from: "input" | "file" | "command";
      readonly source: Expression | undefined;
      readonly target: LeftValue | undefined;
    };

export interface Case {
  /** Undefined: `default`. */
  readonly value: Expression | undefined;
  readonly body: readonly Statement[];
}

export type Statement =
  /** Where in the program a statement stands, for what is said of it. */
  | { readonly type: "at"; readonly line: number; readonly body: Statement }
  | { readonly type: "switch"; readonly subject: Expression; readonly cases: readonly Case[] }
  | { readonly type: "expression"; readonly expression: Expression }
  | {
      readonly type: "print";
      readonly format: boolean;
      readonly args: readonly Expression[];
      readonly redirect: { readonly mode: ">" | ">>" | "|"; readonly to: Expression } | undefined;
    }
  | { readonly type: "block"; readonly body: readonly Statement[] }
  | { readonly type: "if"; readonly test: Expression; readonly yes: Statement; readonly no: Statement | undefined }
  | { readonly type: "while"; readonly test: Expression; readonly body: Statement }
  | { readonly type: "do"; readonly test: Expression; readonly body: Statement }
  | {
      readonly type: "for";
      readonly first: Statement | undefined;
      readonly test: Expression | undefined;
      readonly step: Statement | undefined;
      readonly body: Statement;
    }
  | { readonly type: "forIn"; readonly target: Variable; readonly array: Variable; readonly body: Statement }
  | { readonly type: "delete"; readonly array: Variable; readonly subscripts: readonly Expression[] | undefined }
  | { readonly type: "next" | "nextfile" | "break" | "continue" }
  | { readonly type: "exit" | "return"; readonly value: Expression | undefined };

export interface Rule {
  readonly pattern:
    | { readonly type: "BEGIN" | "END" | "BEGINFILE" | "ENDFILE" | "always" }
    | { readonly type: "when"; readonly test: Expression }
    | { readonly type: "range"; readonly from: Expression; readonly to: Expression };
  readonly line: number;
  /** Undefined: print the record. */
  readonly action: Statement | undefined;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Statement;
}

export interface AwkProgram {
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  /** What gawk says before it starts. */
  readonly warnings: readonly { readonly message: string; readonly line: number }[];
}
