/** v1 LimitRange: pkg/registry/core/limitrange/strategy.go. */
import { compareQuantities } from "../../../encoding/index.ts";
import type { FieldError } from "../../machinery/status.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  isDns1123Subdomain,
  required,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { defaultResourceList } from "../pods/defaults.ts";
import { validateResourceName, validateResourceQuantity } from "../pods/validate-resources.ts";
import { createdAtColumn, nameColumn } from "../printing/columns.ts";
import { limitRanges } from "../resources.ts";
import { rules } from "../simple-rules.ts";
import type { LimitRange } from "../types.ts";

type Item = NonNullable<LimitRange["spec"]>["limits"][number];
const LISTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

/** The smaller may not exceed the larger, e.g. a minimum the maximum. */
function order(
  at: string,
  item: Item,
  name: string,
  small: keyof Item,
  large: keyof Item,
  words: string,
): FieldError[] {
  const low = (item[small] as Record<string, string> | undefined)?.[name];
  const high = (item[large] as Record<string, string> | undefined)?.[name];
  if (low === undefined || high === undefined || compareQuantities(low, high) <= 0) return [];
  return [
    invalidValue(
      `${at}.${small}[${name}]`,
      low,
      `${words} value ${low} is greater than ${String(large) === "max" ? "max" : large} value ${high}`,
    ),
  ];
}

function validateItem(at: string, item: Item): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const key of LISTS)
    for (const [name, amount] of Object.entries(item[key] ?? {})) {
      names.add(name);
      errors.push(
        ...validateResourceName(`${at}.${key}[${name}]`, name),
        ...validateResourceQuantity(`${at}.${key}[${name}]`, name, amount),
      );
    }
  if (item.type === "Pod")
    for (const key of ["default", "defaultRequest"] as const)
      if (Object.keys(item[key] ?? {}).length > 0)
        errors.push(forbiddenField(`${at}.${key}`, "may not be specified when `type` is 'Pod'"));
  if (
    item.type === "PersistentVolumeClaim" &&
    item.min?.["storage"] === undefined &&
    item.max?.["storage"] === undefined
  )
    errors.push(
      required(`${at}.limits`, "either minimum or maximum storage value is required, but neither was provided"),
    );
  for (const name of names) {
    errors.push(
      ...order(at, item, name, "min", "max", "min"),
      ...order(at, item, name, "defaultRequest", "max", "default request"),
      ...order(at, item, name, "defaultRequest", "default", "default request"),
      ...order(at, item, name, "default", "max", "default"),
    );
  }
  return errors;
}

export const limitRange = define(limitRanges, {
  createOnUpdate: true,
  shortNames: ["limits"],
  columns: [nameColumn(), createdAtColumn()],
  applyDefaults({ spec }) {
    for (const item of spec?.limits ?? []) {
      for (const key of LISTS) defaultResourceList(item[key]);
      if (item.type !== "Container") continue;
      // A maximum is the default limit, and a limit or minimum the default request.
      if (item.max !== undefined) item.default = { ...item.max, ...item.default };
      if (item.default !== undefined) item.defaultRequest = { ...item.default, ...item.min, ...item.defaultRequest };
      else if (item.min !== undefined) item.defaultRequest = { ...item.min, ...item.defaultRequest };
    }
  },
  ...rules<LimitRange>(true, isDns1123Subdomain, ({ spec }) => {
    const seen = new Set<string>();
    return (spec?.limits ?? []).flatMap((item, index) => {
      const at = `spec.limits[${index}]`;
      const errors: FieldError[] = [];
      if (seen.has(item.type)) errors.push(duplicate(`${at}.type`, item.type));
      seen.add(item.type);
      return [...errors, ...validateItem(at, item)];
    });
  }),
});
