/** Where servers that speak SQL differ: what values mean, what there is to call, in which words they refuse. */
import type { SqlContext } from "./evaluate.ts";
import type { SqlError, Typed, TypeName } from "./values.ts";

/** A place in a statement, counted in characters. */
type Place = number | undefined;

/** What a function does with its arguments; undefined where it does not take these. */
export type Run = (args: readonly Typed[], context: SqlContext) => Typed | undefined;

/** The parts of a query in which a name may be missing. */
export type Clause = "select" | "where" | "on" | "group" | "having" | "order";

interface Refusals {
  readonly ambiguous: (name: string, at: Place) => SqlError;
  readonly noColumn: (name: string, table: string | undefined, at: Place) => SqlError;
  /** A table that is named before a column, or in `t.*`, but not in FROM. */
  readonly noSource: (table: string, column: string | undefined, at: Place) => SqlError;
  readonly noFunction: (name: string, types: readonly TypeName[], at: Place) => SqlError;
  readonly aggregateHere: (where: string | undefined, at: Place) => SqlError;
  readonly notGrouped: (table: string, column: string, output: number, at: Place) => SqlError;
  readonly noTables: () => SqlError;
  readonly noPosition: (position: number) => SqlError;
  readonly manyColumns: () => SqlError;
  readonly manyRows: () => SqlError;
  readonly unequalQueries: (union: string) => SqlError;
}

export interface Dialect {
  /** What a value means as a condition; `what` asks: WHERE, AND, ... Throws where it is none. */
  readonly truth: (value: Typed, what: string) => boolean | null;
  /** How a condition's outcome is a value. */
  readonly verdict: (value: boolean | null) => Typed;
  /** What `verdict` gives. */
  readonly verdictType: TypeName;
  readonly arithmetic: (operator: string, a: Typed, b: Typed, at: Place) => Typed;
  readonly resultOf: (operator: string, a: TypeName, b: TypeName) => TypeName;
  /** Undefined where one of them is null. */
  readonly compare: (a: Typed, b: Typed) => number | undefined;
  /** For ORDER BY: neither is null. */
  readonly order: (a: Typed, b: Typed) => number;
  /** A text that is the same for values that are equal. */
  readonly key: (value: Typed) => string;
  readonly cast: (value: Typed, type: TypeName, size?: readonly number[]) => Typed;
  readonly text: (value: Typed) => string;
  readonly like: (pattern: string, caseless: boolean) => (text: string) => boolean;
  readonly matches: (pattern: string, caseless: boolean) => (text: string) => boolean;
  readonly functionNamed: (name: string) => Run | undefined;
  readonly isAggregate: (name: string) => boolean;
  readonly aggregate: (name: string, values: readonly Typed[], others: readonly Typed[], distinct: boolean) => Typed;
  readonly resultType: (name: string, types: readonly TypeName[]) => TypeName | undefined;
  /** Whether two names of columns or tables are the same. */
  readonly sameName: (a: string, b: string) => boolean;
  /** Columns outside GROUP BY are refused unless they depend on it. */
  readonly strictGrouping: boolean;
  /** Groups come in the order of what they are grouped by, where nothing else is asked for. */
  readonly sortedGroups: boolean;
  /** A refusal with the clause in which it arose, where the words name it. */
  readonly within: (problem: SqlError, clause: Clause) => SqlError;
  /** HAVING may use the names of outputs. */
  readonly namesInHaving: boolean;
  readonly refuse: Refusals;
}
