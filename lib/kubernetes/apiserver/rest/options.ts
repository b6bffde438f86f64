/** Query parameters and option bodies of writes (apimachinery meta/v1 validation). */
import { quote } from "../../../encoding/index.ts";
import { invalid } from "../../machinery/invalid.ts";
import { badRequest, type FieldError } from "../../machinery/status.ts";
import type { DeleteOptions } from "../client.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface WriteQuery {
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean | undefined;
}

type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions";

const refuse = (kind: OptionsKind, errors: FieldError[]) => {
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
};

const MAX_FIELD_MANAGER = 128;
const PROPAGATION = new Set(["Foreground", "Background", "Orphan"]);

function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.some((value) => value !== "All")
    ? [
        {
          type: "FieldValueNotSupported",
          field: "dryRun",
          value: [...values],
          detail: 'supported values: "All"',
        },
      ]
    : [];
}

export function parseBoolean(text: string): boolean {
  return !["false", "0", ""].includes(text.toLowerCase());
}

/** A whole number of a query; undefined where it is not given. Throws in the words of strconv. */
export function parseInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${quote(text)}: invalid syntax`);
  return Number(text);
}

export function writeQuery(kind: OptionsKind, query: URLSearchParams, apply: boolean): WriteQuery {
  const errors: FieldError[] = [];
  const fieldManager = query.get("fieldManager") ?? undefined;
  const force = query.get("force");
  if (kind === "PatchOptions") {
    if (apply && !fieldManager)
      errors.push({ type: "FieldValueRequired", field: "fieldManager", detail: "is required for apply patch" });
    if (!apply && force !== null)
      errors.push({ type: "FieldValueForbidden", field: "force", detail: "may not be specified for non-apply patch" });
  }
  if (fieldManager !== undefined && fieldManager.length > MAX_FIELD_MANAGER)
    errors.push({
      type: "FieldValueTooLong",
      field: "fieldManager",
      detail: `may not be more than ${MAX_FIELD_MANAGER} bytes`,
    });
  else if (fieldManager !== undefined && /[\p{C}]/u.test(fieldManager))
    errors.push({
      type: "FieldValueInvalid",
      field: "fieldManager",
      value: fieldManager,
      detail: "should only contain printable characters",
    });
  errors.push(...dryRunErrors(query.getAll("dryRun")));
  const fieldValidation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Warn", "Strict"].includes(fieldValidation))
    errors.push({
      type: "FieldValueNotSupported",
      field: "fieldValidation",
      value: fieldValidation,
      detail: 'supported values: "", "Ignore", "Strict", "Warn"',
    });
  refuse(kind, errors);
  return {
    dryRun: query.getAll("dryRun").length > 0,
    fieldManager: fieldManager || undefined,
    fieldValidation: (fieldValidation || "Warn") as FieldValidation,
    force: force === null ? undefined : parseBoolean(force),
  };
}

interface DeleteBody {
  kind?: string;
  gracePeriodSeconds?: number | null;
  propagationPolicy?: string | null;
  orphanDependents?: boolean | null;
  preconditions?: { uid?: string; resourceVersion?: string } | null;
  dryRun?: string[];
}

/** From a DeleteOptions body or, without one, the query. */
export function deleteOptions(
  body: unknown,
  query: URLSearchParams,
): DeleteOptions & { readonly orphanDependents?: boolean } {
  let given: DeleteBody;
  if (body !== undefined && body !== null) {
    given = body as DeleteBody;
    if (given.kind !== undefined && given.kind !== "DeleteOptions")
      throw badRequest(`decoded object cannot be converted to DeleteOptions`);
  } else {
    const grace = parseInteger(query, "gracePeriodSeconds");
    given = {
      ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
      propagationPolicy: query.get("propagationPolicy"),
      dryRun: query.getAll("dryRun"),
    };
    const orphan = query.get("orphanDependents");
    if (orphan !== null) given.orphanDependents = parseBoolean(orphan);
  }
  const errors: FieldError[] = [];
  const policy = given.propagationPolicy ?? undefined;
  const orphanDependents = given.orphanDependents ?? undefined;
  if (policy !== undefined && orphanDependents !== undefined)
    errors.push({
      type: "FieldValueInvalid",
      field: "propagationPolicy",
      value: policy,
      detail: "orphanDependents and deletionPropagation cannot be both set",
    });
  if (policy !== undefined && !PROPAGATION.has(policy))
    errors.push({
      type: "FieldValueNotSupported",
      field: "propagationPolicy",
      value: policy,
      detail: 'supported values: "Foreground", "Background", "Orphan", "nil"',
    });
  errors.push(...dryRunErrors(given.dryRun ?? []));
  refuse("DeleteOptions", errors);
  const preconditions = given.preconditions ?? undefined;
  // A negative grace period is one second (BeforeDelete).
  const grace = given.gracePeriodSeconds ?? undefined;
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace < 0 ? 1 : grace }),
    ...(policy === undefined ? {} : { propagationPolicy: policy as "Orphan" | "Background" | "Foreground" }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(preconditions === undefined ? {} : { preconditions }),
    dryRun: (given.dryRun ?? []).length > 0,
  };
}
