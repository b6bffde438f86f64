/** -o custom-columns (k8s.io/kubectl/pkg/cmd/get/customcolumn.go). */
import { CommandError, PrintError } from "../errors.ts";
import type { Json } from "../object.ts";
import { goValue } from "./go-syntax.ts";
import type { Pace } from "./json.ts";
import { JsonPath, relaxed } from "./jsonpath/index.ts";
import { TABLE_TABS, TabWriter } from "./tabwriter.ts";

export interface CustomColumn {
  readonly header: string;
  readonly path: string;
}

export function parseColumns(spec: string): CustomColumn[] {
  if (spec === "") throw new CommandError("custom-columns format specified but no custom columns given");
  return spec.split(",").map((part) => {
    const colon = part.indexOf(":");
    if (colon === -1)
      throw new CommandError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, colon), path: relaxedOrFail(part.slice(colon + 1)) };
  });
}

function relaxedOrFail(path: string): string {
  try {
    return relaxed(path);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** The file form: headers in the first line, paths below. */
export function parseColumnsFile(text: string): CustomColumn[] {
  const [headers = "", paths] = text.replace(/\n$/, "").split("\n");
  if (paths === undefined)
    throw new CommandError(
      "invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.",
    );
  const names = headers.trim().split(/\s+/);
  const expressions = paths.trim().split(/\s+/);
  if (names.length !== expressions.length || names[0] === "") {
    throw new CommandError(
      `number of headers (${names.length}) and field specifications (${expressions.length}) don't match`,
    );
  }
  return names.map((header, i) => ({ header, path: relaxedOrFail(expressions[i] ?? "") }));
}

export async function printColumns(
  columns: readonly CustomColumn[],
  items: readonly Json[],
  noHeaders: boolean,
  pace: Pace,
): Promise<string> {
  const writer = new TabWriter(TABLE_TABS);
  if (!noHeaders) writer.write(`${columns.map((column) => column.header).join("\t")}\n`);
  const parsed = columns.map((column) => {
    try {
      return new JsonPath(column.path, true);
    } catch (error) {
      throw new PrintError((error as Error).message, writer.flush());
    }
  });
  for (const item of items) {
    let cells: string[];
    try {
      cells = parsed.map((path) => {
        const results = path.results(item).flat();
        return results.length === 0 ? "<none>" : results.map((value) => goValue(value)).join(",");
      });
    } catch (error) {
      throw new PrintError((error as Error).message, writer.flush());
    }
    writer.write(`${cells.join("\t")}\n`);
    await pace(200);
  }
  return writer.flush();
}
