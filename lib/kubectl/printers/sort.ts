/** --sort-by (k8s.io/kubectl/pkg/cmd/get/sorter.go). */
import { quantityNumber } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";
import { byText, type Json } from "../object.ts";
import { goSorted } from "./go-sort.ts";
import { JsonPath, relaxed } from "./jsonpath/index.ts";

/** Values that have no order; `type` as Go names it. */
export class Unsortable extends Error {
  /** The kind of value that was met. */
  readonly kind: string;
  constructor(type: string, kind = "interface") {
    super(`unsortable type: ${type}`);
    this.name = "Unsortable";
    this.kind = kind;
  }
}

const isNumber = (value: Json): value is number | bigint => typeof value === "number" || typeof value === "bigint";

/** `plain`: values that the path has taken out of their interfaces, as `..` does. */
function less(left: Json | undefined, right: Json | undefined, plain: boolean): boolean {
  if (left === undefined || left === null) return right !== undefined && right !== null;
  if (right === undefined || right === null) return false;
  if (isNumber(left) && isNumber(right)) return left < right;
  if (typeof left === "string" && typeof right === "string") {
    const a = quantityNumber(left);
    const b = a === undefined ? undefined : quantityNumber(right);
    return a !== undefined && b !== undefined ? a < b : byText(left, right) < 0;
  }
  if (plain) throw new Unsortable(Array.isArray(left) ? "slice" : "map", Array.isArray(left) ? "slice" : "map");
  throw new Unsortable(
    Array.isArray(left) ? "[]interface {}" : typeof left === "object" ? "map[string]interface {}" : typeof left,
  );
}

/** The path that is looked up: what is no path at all is taken as it is, and orders nothing. */
export function sortPath(expression: string): string {
  try {
    return relaxed(expression);
  } catch {
    return expression;
  }
}

/** Throws where an expression is no path by itself. */
export function checkSortPath(expression: string): void {
  try {
    relaxed(expression);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** The items in order of a field, those without it first. `objectOf`: where an item keeps its object (rows of Tables). */
export function sortBy<T>(items: readonly T[], expression: string, objectOf: (item: T) => Json): T[] {
  let path: JsonPath;
  try {
    path = new JsonPath(sortPath(expression), true);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  const plain = path.descends;
  const keyed = items.map((item) => {
    const results = path.results(objectOf(item)).flat();
    return { item, key: results[0] };
  });
  if (items.length > 0 && keyed.every(({ key }) => key === undefined)) {
    throw new CommandError(
      `couldn't find any field with path ${JSON.stringify(sortPath(expression))} in the list of objects`,
    );
  }
  // What is missing comes before everything, itself included.
  const before = (a: Json | undefined, b: Json | undefined) =>
    a === undefined || (b !== undefined && less(a, b, plain));
  return goSorted(keyed, (a, b) => before(a.key, b.key)).map(({ item }) => item);
}
