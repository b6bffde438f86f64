/** Values as Go's fmt shows them, where upstream prints decoded objects with %v or %#v. */
import { quote } from "../../encoding/index.ts";
import { byText, isObject, type Json } from "../object.ts";

/** %#v of an unstructured value. */
export function goSyntax(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isObject(value)) {
    const fields = Object.keys(value).sort(byText);
    return `map[string]interface {}{${fields.map((key) => `${quote(key)}:${goSyntax(value[key] as Json)}`).join(", ")}}`;
  }
  return String(value);
}

/** %v: map[a:b c:d], [1 2]. */
export function goValue(value: Json | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (isObject(value)) {
    const fields = Object.keys(value).sort(byText);
    return `map[${fields.map((key) => `${key}:${goValue(value[key])}`).join(" ")}]`;
  }
  return String(value);
}
