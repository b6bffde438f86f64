/** kubectl get (k8s.io/kubectl/pkg/cmd/get/get.go). */
import { age } from "../../encoding/index.ts";
import { apiVersion, groupKind, groupResource, pathOf, type Resource } from "../client/discovery.ts";
import { DeadlineExceeded, TABLE_ACCEPT } from "../client/rest.ts";
import type { Command } from "../command.ts";
import { CommandError, Failures, isNotFound, PlainError, throwAll } from "../errors.ts";
import {
  ALL_NAMESPACES_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  OUTPUT_FLAGS,
  PAGE_FLAG,
  SELECTOR_FLAG,
  SUBRESOURCE_FLAG,
} from "../flags/common.ts";
import type { Invocation } from "../invocation.ts";
import { klogLine } from "../klog.ts";
import { type JsonObject, type KubeObject, listAt, textAt } from "../object.ts";

import { type Printer, printerFor } from "../printers/output.ts";
import { checkSortPath, sortBy, sortPath, Unsortable } from "../printers/sort.ts";
import { TablePrinter } from "../printers/table.ts";
import { TABLE_TABS, TabWriter } from "../printers/tabwriter.ts";
import { build, getNamed, inOrder, list, listError, type Selection } from "../resources/builder.ts";
import { watchGet } from "./get-watch.ts";
import { checkPath, sendRaw } from "./raw.ts";

const HUMAN = ["wide"] as const;

interface TableOfResource {
  readonly resource: Resource;
  readonly table: JsonObject;
}

export function tablePrinter(invocation: Invocation, resource: Resource, withKind: boolean): TablePrinter {
  const { flags } = invocation;
  return new TablePrinter({
    noHeaders: flags.bool("no-headers"),
    wide: flags.string("output") === "wide",
    showLabels: flags.bool("show-labels"),
    columnLabels: flags.list("label-columns"),
    withNamespace: flags.bool("all-namespaces") && resource.namespaced,
    kindPrefix: withKind || flags.bool("show-kind") ? groupKind(resource) : "",
  });
}

async function get(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  if (flags.string("raw") !== "") return raw(invocation);
  invocation.checkNamespace();
  if (flags.bool("output-watch-events") && !flags.bool("watch") && !flags.bool("watch-only")) {
    throw new CommandError("--output-watch-events option can only be used with --watch or --watch-only");
  }
  const watching = flags.bool("watch") || flags.bool("watch-only");
  if (!watching && args.length === 0 && flags.list("filename").length === 0 && flags.string("kustomize") === "") {
    await invocation.err(
      `You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n`,
    );
    throw invocation.usageError(
      `Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).`,
    );
  }
  const output = flags.string("output");
  if (flags.bool("show-labels") && output !== "" && output !== "wide")
    throw new CommandError(`--show-labels option cannot be used with ${output} printer`);
  if (watching && flags.string("sort-by") !== "")
    await invocation.err(
      flags.bool("watch")
        ? "warning: --watch requested, --sort-by will be ignored for watch events received\n"
        : "warning: --watch-only requested, --sort-by will be ignored\n",
    );
  if (watching && flags.list("filename").length === 0) refuseSeveralTypes(invocation);
  const selection = await build(invocation, {
    args,
    all: true,
    selector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    allNamespaces: flags.bool("all-namespaces"),
  });
  if (flags.string("subresource") !== "" && selection.queries.length > 0)
    throw new CommandError("subresource cannot be used when bulk resources are specified");
  // A format that is none shows when there is something to print.
  const printer = () => printerFor(invocation, { human: HUMAN, noHeaders: flags.bool("no-headers") });
  const tables = output === "wide" || (output === "" && flags.string("template") === "");
  const show = () => (tables ? printTables(invocation, selection) : printObjects(invocation, selection, printer));
  if (watching) return watchGet(invocation, selection, tables ? undefined : printer);
  return show().catch((error: unknown) => {
    // One of several things that can fail, even where it is the only one.
    throw error instanceof DeadlineExceeded ? new Failures([error]) : error;
  });
}

/** A watch is of one type: that is told before any of them is looked up. */
function refuseSeveralTypes(invocation: Invocation): void {
  const [types = "", ...names] = invocation.args;
  if (`${types}${names.join("")}`.includes("/") || new Set(types.split(",")).size < 2) return;
  invocation.checkAccess();
  throw new CommandError("you may only specify a single resource type");
}

async function raw(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  if (args.length > 0) throw new CommandError("arguments may not be passed when --raw is specified");
  if (flags.bool("watch") || flags.bool("watch-only") || flags.string("selector") !== "")
    throw new CommandError(
      "--raw may not be specified with other flags that filter the server request or alter the output",
    );
  if (flags.string("output") !== "") throw new CommandError("--raw and --output are mutually exclusive");
  checkPath(flags.string("raw"));
  await sendRaw(invocation, "GET");
}

/** Upstream dies of it, as klog.Fatal does. */
const unsortable = (invocation: Invocation, place: string, expression: string, where: string, error: Unsortable) =>
  new PlainError(
    klogLine(
      invocation,
      "F",
      place,
      `Field ${sortPath(expression)} in ${where} is an unsortable type: ${error.kind}, err: ${error.message}`,
    ),
  );

/** What goes wrong with a list is one of several things that can, even where it is the only one. */
const nested = (error: unknown): unknown => (error instanceof CommandError ? new Failures([error]) : error);

/** Errors within errors count as themselves. */
const flattened = (errors: readonly unknown[]): unknown[] =>
  errors.flatMap((error) => (error instanceof Failures ? flattened(error.errors) : [error]));

async function printObjects(
  invocation: Invocation,
  selection: Selection,
  makePrinter: () => Printer | undefined,
): Promise<void> {
  const { flags } = invocation;
  const rest = await invocation.rest();
  const failures = new Map<number, unknown>();
  let objects: KubeObject[] = [];
  for (const [i, target] of selection.targets.entries()) {
    try {
      const unnamed = target.name === "" ? target.object : undefined;
      objects.push(unnamed ?? (await getNamed(rest, target, flags.string("subresource"))));
    } catch (error) {
      if (flags.bool("ignore-not-found") && isNotFound(error)) continue;
      failures.set(i, error);
    }
  }
  const errors = inOrder(selection, failures);
  if (selection.implied) throwAll(errors);
  for (const query of selection.queries) {
    try {
      const found = await list(invocation, query, flags.number("chunk-size"));
      objects.push(...(found["items"] as KubeObject[]));
    } catch (error) {
      errors.push(nested(listError(query, error)));
    }
  }
  if (objects.length === 0 && flags.bool("ignore-not-found")) return throwAll(errors);
  const printer = makePrinter() ?? (() => "");
  const [only] = objects;
  const alone = selection.implied && only !== undefined && objects.length === 1;
  const expression = flags.string("sort-by");
  try {
    // One object is in order.
    if (expression !== "" && !alone) {
      checkSortPath(expression);
      objects = sortBy(objects, expression, (object) => object);
    }
  } catch (error) {
    throw error instanceof Unsortable
      ? unsortable(invocation, "sorter.go:329", expression, "*unstructured.Unstructured", error)
      : error;
  }
  if (alone) await invocation.out(printer(only));
  else {
    const whole = { apiVersion: "v1", items: objects, kind: "List", metadata: { resourceVersion: "" } };
    try {
      await invocation.out(printer(whole));
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(flattened(errors));
}

/** Tables of everything asked for, in order; what cannot be had is reported after. */
async function fetchTables(
  invocation: Invocation,
  selection: Selection,
): Promise<{ tables: TableOfResource[]; errors: unknown[] }> {
  const { flags } = invocation;
  const rest = await invocation.rest();
  const failures = new Map<number, unknown>();
  const tables: TableOfResource[] = [];
  const accept = tableAccept(invocation);
  const include = flags.string("sort-by") === "" || accept === undefined ? {} : { includeObject: "Object" };
  for (const [i, target] of selection.targets.entries()) {
    try {
      const unnamed = target.name === "" ? target.object : undefined;
      const answer = unnamed ?? (await getNamed(rest, target, flags.string("subresource"), include, accept));
      tables.push({ resource: target.resource, table: asTable(answer, invocation.now) });
    } catch (error) {
      if (!(flags.bool("ignore-not-found") && isNotFound(error))) failures.set(i, error);
    }
  }
  const errors = inOrder(selection, failures);
  for (const query of selection.queries) {
    let token = "";
    try {
      do {
        const table = asTable(
          await rest.get(
            pathOf(query.resource, query.namespace),
            {
              labelSelector: query.labelSelector,
              fieldSelector: query.fieldSelector,
              ...(flags.number("chunk-size") > 0 ? { limit: flags.number("chunk-size") } : {}),
              continue: token,
              ...include,
            },
            accept,
          ),
          invocation.now,
        );
        tables.push({ resource: query.resource, table });
        token = textAt(table, "metadata", "continue");
      } while (token !== "");
    } catch (error) {
      errors.push(nested(listError(query, error)));
    }
  }
  return { tables, errors };
}

/** Tables are asked for unless the server is not to print them. */
export const tableAccept = ({ flags }: Invocation): string | undefined =>
  flags.has("server-print") && !flags.bool("server-print") ? undefined : TABLE_ACCEPT;

/** Objects where no Table came: name and age, as upstream's own printer has them. */
export function asTable(answer: JsonObject, now: number): JsonObject {
  if (textAt(answer, "kind") === "Table") return answer;
  const items = Array.isArray(answer["items"]) ? listAt(answer, "items") : [answer];
  const version = textAt(answer, "metadata", "resourceVersion");
  return {
    kind: "Table",
    metadata: { resourceVersion: version, continue: textAt(answer, "metadata", "continue") },
    columnDefinitions: [
      { name: "Name", type: "string", format: "name", priority: 0 },
      { name: "Age", type: "string", priority: 0 },
    ],
    rows: items.map((item) => ({
      cells: [textAt(item, "metadata", "name"), age(textAt(item, "metadata", "creationTimestamp"), now)],
      object: item,
    })),
  };
}

/** Rows printed at a stretch, and what one costs (about microseconds). */
const ROWS_AT_ONCE = 50;
const ROW_UNITS = 10;

const severalKinds = (tables: readonly TableOfResource[]): boolean =>
  new Set(tables.map(({ resource }) => `${apiVersion(resource)}/${resource.kind}`)).size > 1;

async function printTables(invocation: Invocation, selection: Selection): Promise<void> {
  const { flags } = invocation;
  const { errors, ...fetched } = await fetchTables(invocation, selection);
  // Lists that upstream makes tables of itself are nothing where they are empty.
  let tables =
    tableAccept(invocation) === undefined
      ? fetched.tables.filter(({ table }) => listAt(table, "rows").length > 0)
      : fetched.tables;
  const withKind = severalKinds(tables);
  if (flags.string("sort-by") !== "") {
    const expression = flags.string("sort-by");
    // Of several kinds upstream orders the Tables themselves, and then the rows of each.
    if (new Set(tables.map(({ resource }) => groupResource(resource))).size > 1) {
      checkSortPath(expression);
      try {
        tables = sortBy(tables, expression, ({ table }) => table);
      } catch (error) {
        if (!(error instanceof Unsortable)) throw error;
        throw unsortable(invocation, "sorter.go:329", expression, "*unstructured.Unstructured", error);
      }
    }
    try {
      tables = sortTables(tables, expression);
    } catch (error) {
      if (error instanceof Unsortable)
        throw unsortable(invocation, "sorter.go:375", expression, "[][][]reflect.Value", error);
      // Upstream shows nothing where no row has the field.
      tables = tables.map((one) => ({ ...one, table: { ...one.table, rows: [] } }));
    }
  }
  const writer = new TabWriter(TABLE_TABS);
  let printer: TablePrinter | undefined;
  let last: Resource | undefined;
  let written = false;
  let allNamespaced = !flags.bool("all-namespaces");
  for (const { resource, table } of tables) {
    if (!resource.namespaced) allNamespaced = false;
    if (printer === undefined || last === undefined || groupResource(last) !== groupResource(resource)) {
      const text = writer.flush();
      await invocation.out(text);
      written ||= text !== "";
      writer.forgetWidths();
      // A blank line between groups that have headers, once something is above.
      if (last !== undefined && !flags.bool("no-headers") && written && listAt(table, "rows").length > 0)
        await invocation.out("\n");
      printer = tablePrinter(invocation, resource, withKind);
      last = resource;
    }
    const rows = listAt(table, "rows");
    for (let from = 0; from === 0 || from < rows.length; from += ROWS_AT_ONCE) {
      printer.print({ ...table, rows: rows.slice(from, from + ROWS_AT_ONCE) }, writer);
      await invocation.pace(ROWS_AT_ONCE * ROW_UNITS);
    }
  }
  const text = writer.flush();
  await invocation.out(text);
  written ||= text !== "";
  if (!written && !flags.bool("ignore-not-found") && errors.length === 0) {
    await invocation.err(
      allNamespaced ? `No resources found in ${invocation.namespace} namespace.\n` : "No resources found\n",
    );
  }
  // Errors of files are errors within another here.
  if (selection.errors.length > 0) throw new Failures(errors);
  throwAll(errors);
}

function sortTables(tables: readonly TableOfResource[], expression: string): TableOfResource[] {
  // Rows are sorted within their resource; pages of one list belong together.
  const merged: TableOfResource[] = [];
  for (const one of tables) {
    const before = merged[merged.length - 1];
    if (before !== undefined && groupResource(before.resource) === groupResource(one.resource)) {
      (before.table["rows"] as JsonObject[]).push(...(listAt(one.table, "rows") as JsonObject[]));
    } else merged.push({ ...one, table: { ...one.table, rows: [...listAt(one.table, "rows")] } });
  }
  return merged.map((one) => ({
    ...one,
    table: sortRows(one.table, expression),
  }));
}

/** A Table with its rows in the order of a field of their objects. */
export function sortRows(table: JsonObject, expression: string): JsonObject {
  // One row by itself is in order, whatever it has.
  if (expression === "" || listAt(table, "rows").length === 1) return table;
  const rows = sortBy(listAt(table, "rows"), expression, (row) => (row as JsonObject)["object"] ?? null);
  return { ...table, rows };
}

export const GET: Command = {
  name: "get",
  short: "Display one or many resources",
  arguments:
    "[(-o|--output=)FORMAT] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
  examples: ["kubectl get pods -o wide", "kubectl get statefulset web -o yaml", "kubectl get pods -w -l app=nginx"],
  completes: "resource-name",
  flags: [
    ...OUTPUT_FLAGS,
    ...FILE_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    PAGE_FLAG,
    SUBRESOURCE_FLAG,
    { name: "ignore-not-found", type: "bool", default: "false", usage: "No error where nothing is found" },
    { name: "label-columns", shorthand: "L", type: "strings", usage: "Labels to show as columns" },
    { name: "no-headers", type: "bool", default: "false", usage: "No header line" },
    { name: "output-watch-events", type: "bool", default: "false", usage: "Show the type of each watched change" },
    { name: "raw", type: "string", usage: "Path to request from the server as it is" },
    { name: "server-print", type: "bool", default: "true", usage: "Let the server make the columns" },
    { name: "show-kind", type: "bool", default: "false", usage: "Kind before each name" },
    { name: "show-labels", type: "bool", default: "false", usage: "All labels as the last column" },
    { name: "sort-by", type: "string", usage: "Field to sort by, as a JSONPath expression" },
    { name: "watch", shorthand: "w", type: "bool", default: "false", usage: "Then show changes as they come" },
    { name: "watch-only", type: "bool", default: "false", usage: "Show changes without the present state" },
  ],
  run: get,
};
