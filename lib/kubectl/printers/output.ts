/** The -o formats: from a flag's value to a function that prints objects. */
import { hasMany, quote, toYaml, yamlSteps } from "../../encoding/index.ts";
import { ExecutionError, formatValue, type Value } from "../../template/index.ts";
import { CommandError, PrintError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { isObject, type Json, type JsonObject, type KubeObject, listAt, parseApiVersion, textAt } from "../object.ts";
import { asStruct } from "./as-struct.ts";
import { type CustomColumn, parseColumns, parseColumnsFile, printColumns } from "./custom-columns.ts";
import { goSyntax } from "./go-syntax.ts";
import { GoTemplate } from "./go-template.ts";
import { compactJson, type Pace, pacedJson, pacedSortKeys, prettyJson, sortKeys } from "./json.ts";
import { JsonPath, printed } from "./jsonpath/index.ts";

/** Prints one object or List. `typed`: its fields are in the order of upstream's structs (matters to json). */
export type Printer = (object: KubeObject, typed?: boolean) => string | Promise<string>;

interface PrinterOptions {
  readonly noHeaders?: boolean;
  /** Formats beyond the usual ones that the command has, for the error message. */
  readonly human?: readonly string[];
}

const ALLOWED = [
  "go-template",
  "go-template-file",
  "json",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "name",
  "template",
  "templatefile",
  "yaml",
];

const itemsOf = (object: KubeObject): Json[] =>
  textAt(object, "kind").endsWith("List") && Array.isArray(object["items"]) ? listAt(object, "items") : [object];

/** "pod/web-0", "statefulset.apps/web". */
export function shortName(object: Json): string {
  const { group } = parseApiVersion(textAt(object, "apiVersion"));
  const kind = textAt(object, "kind").toLowerCase();
  return `${group === "" ? kind : `${kind}.${group}`}/${textAt(object, "metadata", "name") || "<unknown>"}`;
}

/** Without metadata.managedFields, of the object or of a List's items. What stays is shared, not copied. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  if (textAt(object, "kind").endsWith("List") && Array.isArray(object["items"]))
    return { ...object, items: listAt(object, "items").map((item) => (isObject(item) ? unmanaged(item) : item)) };
  return unmanaged(object);
}

function unmanaged(object: KubeObject): KubeObject {
  const metadata = object["metadata"];
  if (!isObject(metadata ?? null) || !("managedFields" in (metadata as JsonObject))) return object;
  const { managedFields: _, ...rest } = metadata as JsonObject;
  return { ...object, metadata: rest };
}

/** Written in any case, and without a value. */
const CASELESS = new Set(["json", "yaml", "name"]);

/** Those that --template is for. */
const TEMPLATES = new Set([
  "go-template",
  "go-template-file",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "template",
  "templatefile",
]);

const splitFormat = (output: string): readonly [string, string] => {
  const equals = output.indexOf("=");
  return equals === -1 ? [output, ""] : [output.slice(0, equals), output.slice(equals + 1)];
};

/** The printer for the command's -o and --template; undefined for tables (empty, wide). */
export function printerFor(invocation: Invocation, options: PrinterOptions = {}): Printer | undefined {
  const { flags } = invocation;
  let output = flags.optional("output");
  const template = flags.optional("template");
  if (output === "" && template !== "") output = "go-template";
  if (output === "" || (options.human ?? []).includes(output)) return undefined;
  const [written, inline] = splitFormat(output);
  // Beside --template a format stands for itself, and what has a template of its own is none.
  const doubled = template !== "" && inline !== "" && TEMPLATES.has(written);
  const format = CASELESS.has(output.toLowerCase()) ? output.toLowerCase() : written;
  const keepManaged = flags.has("show-managed-fields") && flags.bool("show-managed-fields");
  const clean = (object: KubeObject) => (keepManaged ? object : withoutManagedFields(object));
  const pace: Pace = (letters) => invocation.pace(letters / LETTERS_PER_UNIT);
  const allowMissing = !flags.has("allow-missing-template-keys") || flags.bool("allow-missing-template-keys");
  const text = (
    file: boolean,
    what = "--template",
    missing = "template format specified but no template given",
  ): string => {
    const value = inline || template;
    if (value === "") throw new CommandError(missing);
    if (!file) return value;
    try {
      return invocation.process.files.readText(value);
    } catch {
      throw new CommandError(`error reading ${what} ${value}, open ${value}: no such file or directory\n`);
    }
  };
  switch (doubled || (CASELESS.has(format) && output.includes("=")) ? "" : format) {
    case "json":
      return (object, typed) =>
        isLong(object) ? pacedJson(clean(object), typed ?? false, pace) : prettyJson(clean(object), typed);
    case "yaml":
      return yamlPrinter(clean, pace);
    case "name":
      return (object) =>
        itemsOf(object)
          .map((item) => `${shortName(item)}\n`)
          .join("");
    case "jsonpath":
    case "jsonpath-file":
    case "jsonpath-as-json":
      return jsonPathPrinter(text(format === "jsonpath-file"), allowMissing, format === "jsonpath-as-json", pace);
    case "go-template":
    case "template":
      return templatePrinter(text(false), allowMissing, pace);
    case "go-template-file":
    case "templatefile":
      return templatePrinter(text(true), allowMissing, pace);
    case "custom-columns": {
      if (!(options.human ?? []).includes("wide")) break;
      return columnsPrinter(parseColumns(inline || template), options.noHeaders ?? false, pace);
    }
    case "custom-columns-file": {
      if (!(options.human ?? []).includes("wide")) break;
      const columns = parseColumnsFile(
        text(true, "template", "custom-columns format specified but no custom columns given"),
      );
      return columnsPrinter(columns, options.noHeaders ?? false, pace);
    }
  }
  const extra = (options.human ?? []).includes("wide") ? ["custom-columns", "custom-columns-file", "wide"] : [];
  throw new CommandError(
    `unable to match a printer suitable for the output format "${output}", allowed formats are: ${[...ALLOWED, ...extra].sort().join(",")}`,
  );
}

/** Letters that are written in about a microsecond, the unit of Process.spend. */
const LETTERS_PER_UNIT = 20;
/** What one turn of a JSONPath range costs, as if so many letters were written. */
const RANGE_LETTERS = 200;
/** Lists up to this long are written at a stretch, and objects of up to so many parts. */
const SHORT = 5;
const MANY = 2_000;
const isLong = (object: KubeObject): boolean => itemsOf(object).length > SHORT || hasMany(object, MANY);

/** Headers stand once, however many objects come one after the other. */
function columnsPrinter(columns: readonly CustomColumn[], noHeaders: boolean, pace: Pace): Printer {
  let headed = noHeaders;
  return (object) => {
    const without = headed;
    headed = true;
    return printColumns(columns, itemsOf(object), without, pace);
  };
}

async function pacedYaml(object: KubeObject, pace: Pace): Promise<string> {
  const steps = yamlSteps(object);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const paid = pace(step.value);
    if (paid !== undefined) await paid;
  }
}

/** Several objects in one output are separated as YAML documents. */
function yamlPrinter(clean: (object: KubeObject) => KubeObject, pace: Pace): Printer {
  let count = 0;
  return (object) => {
    const separator = count++ > 0 ? "---\n" : "";
    if (!isLong(object)) return `${separator}${toYaml(clean(object))}`;
    return pacedYaml(clean(object), pace).then((text) => separator + text);
  };
}

function jsonPathPrinter(template: string, allowMissing: boolean, asJson: boolean, pace: Pace): Printer {
  let path: JsonPath;
  try {
    path = new JsonPath(template, allowMissing);
  } catch (error) {
    throw new CommandError(`error parsing jsonpath ${template}, ${(error as Error).message}`);
  }
  return async (object) => {
    try {
      const data = asJson ? object : isLong(object) ? await pacedSortKeys(object, pace) : sortKeys(object);
      const steps = path.steps(data);
      let step = steps.next();
      for (; !step.done; step = steps.next()) {
        const paid = pace(RANGE_LETTERS);
        if (paid !== undefined) await paid;
      }
      return asJson ? step.value.map((group) => prettyJson(group as Json)).join("") : printed(step.value);
    } catch (error) {
      throw new CommandError(
        `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${(error as Error).message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n\n`,
      );
    }
  };
}

function templatePrinter(template: string, allowMissing: boolean, pace: Pace): Printer {
  let parsed: GoTemplate;
  try {
    parsed = new GoTemplate(template, { allowMissingKeys: allowMissing });
  } catch (error) {
    throw new CommandError(`error parsing template ${template}, ${(error as Error).message}`);
  }
  return async (object, typed) => {
    const data = isLong(object) ? await pacedSortKeys(object, pace) : sortKeys(object);
    try {
      return await parsed.print(data, pace);
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      // Upstream shows the template and the object where the output would be, too.
      throw new PrintError(
        `error executing template ${quote(template)}: ${error.message}`,
        `${error.written}Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${compactJson(typed === true ? object : data, typed)}\n\tobject given to template engine was:\n\t\t${formatValue(data as Value)}\n\n`,
      );
    }
  };
}

/** "pod/web-0 deleted": what commands that change objects print without -o. */
export function printResult(
  invocation: Invocation,
  object: JsonObject,
  operation: string,
  printer?: Printer,
  typed = false,
): Promise<void> {
  if (printer !== undefined) return invocation.out(typed ? printer(asStruct(object), true) : printer(object));
  return invocation.out(`${shortName(object)} ${operation}\n`);
}
