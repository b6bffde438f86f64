/** Values as Go's fmt shows them, where upstream prints decoded objects with %v or %#v. */
import { quote } from "../../encoding/index.ts";
import { formatFloat } from "../../template/format.ts";
import { byText, isObject, type Json } from "../object.ts";

/** An int64, or a float64 with the digits it needs. */
const numberText = (value: number): string =>
  Number.isSafeInteger(value) ? String(value) : formatFloat(value, "g", -1);

/** %#v of an unstructured value. */
export function goSyntax(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isObject(value)) {
    const fields = Object.keys(value).sort(byText);
    return `map[string]interface {}{${fields.map((key) => `${quote(key)}:${goSyntax(value[key] as Json)}`).join(", ")}}`;
  }
  return typeof value === "number" ? numberText(value) : String(value);
}

/** %v: map[a:b c:d], [1 2]. */
export function goValue(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (isObject(value)) {
    const fields = Object.keys(value).sort(byText);
    return `map[${fields.map((key) => `${key}:${goValue(value[key])}`).join(" ")}]`;
  }
  return typeof value === "number" ? numberText(value) : String(value);
}
