/** How filters compare (k8s.io/client-go/third_party/forked/golang/template/funcs.go): kinds first, then values. */
import type { Json } from "../../object.ts";
import { JsonPathError } from "./parse.ts";

type Kind = "bool" | "int" | "float" | "string";

/** `float`: a number that was written with a point. */
interface Operand {
  readonly value: Json;
  readonly float: boolean;
}

function kindOf({ value, float }: Operand): Kind {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return float ? "float" : "int";
  if (typeof value === "number") return float || !Number.isInteger(value) ? "float" : "int";
  throw new JsonPathError("invalid type for comparison");
}

function sameKind(left: Operand, right: Operand): Kind {
  const kind = kindOf(left);
  if (kind !== kindOf(right)) throw new JsonPathError("incompatible types for comparison");
  return kind;
}

function equal(left: Operand, right: Operand): boolean {
  sameKind(left, right);
  return left.value === right.value;
}

function less(left: Operand, right: Operand): boolean {
  if (sameKind(left, right) === "bool") throw new JsonPathError("invalid type for comparison");
  return (left.value as number) < (right.value as number);
}

const OPERATORS: Readonly<Record<string, (left: Operand, right: Operand) => boolean>> = {
  "==": equal,
  "!=": (left, right) => !equal(left, right),
  "<": less,
  "<=": (left, right) => less(left, right) || equal(left, right),
  ">": (left, right) => !(less(left, right) || equal(left, right)),
  ">=": (left, right) => !less(left, right),
};

/** Throws `JsonPathError` where the two cannot be compared so. */
export function compares(left: Operand, operator: string, right: Operand): boolean {
  const compare = OPERATORS[operator];
  if (compare === undefined) throw new JsonPathError(`unrecognized filter operator ${operator}`);
  return compare(left, right);
}
