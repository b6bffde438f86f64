/** What each awk says when a running program fails. Words seen on mawk 1.3.4, gawk 5.2 and BusyBox 1.35. */
import { type Dialect, type Place, placeWords } from "./dialect.ts";
import type { FormatError } from "./format.ts";

type Failure =
  | { readonly type: "division"; readonly operator: string }
  | { readonly type: "field"; readonly index: number }
  | { readonly type: "fieldCount" }
  /** An array where a value is needed, or the other way round. */
  | { readonly type: "array" | "scalar"; readonly name: string; readonly parameter: boolean }
  | { readonly type: "format"; readonly error: FormatError; readonly format: string; readonly by: "printf" | "sprintf" }
  | { readonly type: "pattern"; readonly source: string; readonly message: string }
  | { readonly type: "output"; readonly name: string; readonly message: string; readonly mode: string }
  | { readonly type: "input"; readonly name: string; readonly message: string }
  | { readonly type: "read"; readonly name: string; readonly message: string }
  /** `@name()` where there is no function of that name. */
  | { readonly type: "undefined"; readonly name: string }
  /** What our machine does not hold, or will not do. */
  | { readonly type: "limit"; readonly message: string };

/** Ends the program. */
export class AwkError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.type);
    this.failure = failure;
  }
}

export const limit = (message: string) =>
  new AwkError({ type: "limit", message: `program limit exceeded: ${message}` });

/** Where a program is. */
export interface Whereabouts {
  /** Undefined: nothing was run yet. */
  readonly place: Place | undefined;
  readonly fileName: string;
  readonly fnr: number;
  readonly nr: number;
}

/** What is printed after the awk's name. */
export function fatalWords(dialect: Dialect, failure: Failure, where: Whereabouts): string {
  if (dialect.name === "mawk") return mawkWords(failure, where);
  return dialect.name === "gawk" ? `${gawkPlace(where)}fatal: ${gawkWords(failure)}` : busyboxWords(failure, where);
}

/** "cmd. line:1: (FILENAME=words FNR=2) ", with what gawk knows of it. */
export function gawkPlace({ place, fileName, fnr }: Whereabouts): string {
  const line = place === undefined ? "" : placeWords({ name: "gawk" }, place);
  return `${line}${fnr > 0 && place !== undefined ? `(FILENAME=${fileName} FNR=${fnr}) ` : ""}`;
}

function mawkWords(failure: Failure, { fileName, fnr, nr }: Whereabouts): string {
  const running = (text: string) => `run time error: ${text}\n\tFILENAME="${fileName}" FNR=${fnr} NR=${nr}`;
  switch (failure.type) {
    case "division":
      return running("division by zero");
    case "field":
      return running(`negative field index $${failure.index}`);
    case "fieldCount":
      return running("negative value assigned to NF");
    case "array":
      return running(`type error: array ${failure.name} used as a scalar`);
    case "scalar":
      return running(`type error: scalar ${failure.name} used as an array`);
    case "format": {
      const { error, format, by } = failure;
      const of = `in ${by}("${format}")`;
      return running(
        error.reason === "missing"
          ? `not enough arguments passed to ${by}("${format}")`
          : `improper conversion(number ${error.number}) ${of}`,
      );
    }
    case "pattern":
      return running(`regular expression compile failed (${failure.message})\n${failure.source}`);
    case "output":
      return `cannot open "${failure.name}" for output (${failure.message})`;
    case "input":
      return `cannot open ${failure.name} (${failure.message})`;
    case "read":
      return `read error (${failure.message})`;
    case "undefined":
      return running(`function ${failure.name} never defined`);
    case "limit":
      return running(failure.message);
  }
}

function gawkWords(failure: Failure): string {
  switch (failure.type) {
    case "division":
      return `division by zero attempted${failure.operator === "/" ? "" : ` in \`${failure.operator}'`}`;
    case "field":
      return `attempt to access field ${failure.index}`;
    case "fieldCount":
      return "NF set to negative value";
    case "array":
      return `attempt to use array \`${failure.name}' in a scalar context`;
    case "scalar":
      return `attempt to use scalar ${failure.parameter ? "parameter " : ""}\`${failure.name}' as an array`;
    case "format":
      return (
        "not enough arguments to satisfy format string\n" +
        `\t\`${failure.format}'\n\t${" ".repeat(failure.error.at)}^ ran out for this one`
      );
    case "pattern":
      return `invalid regexp: ${failure.message}: /${failure.source}/`;
    case "output":
      return failure.name === ""
        ? `expression for \`${failure.mode}' redirection has null string value`
        : `cannot redirect to \`${failure.name}': ${failure.message}`;
    case "input":
      return `cannot open file \`${failure.name}' for reading: ${failure.message}`;
    case "read":
      return `error reading input file \`${failure.name}': ${failure.message}`;
    case "undefined":
      return `function \`${failure.name}' not defined`;
    case "limit":
      return failure.message;
  }
}

function busyboxWords(failure: Failure, { place }: Whereabouts): string {
  const at = placeWords({ name: "busybox" }, place ?? { file: undefined, line: 1 });
  switch (failure.type) {
    case "division":
      return `${at}Division by zero`;
    case "field":
      return `${at}Access to negative field`;
    case "fieldCount":
      return `${at}NF set to negative value`;
    case "array":
    case "scalar":
      return `${at}Not a${failure.type === "array" ? " scalar" : "n array"}`;
    case "format":
      return `${at}${failure.error.reason === "star" ? "%*x formats are not supported" : "Invalid format specifier"}`;
    case "pattern":
      return `bad regex '${failure.source}': ${failure.message}`;
    case "output":
      return `can't open '${failure.name}': ${failure.message}`;
    case "input":
      return `${failure.name}: ${failure.message}`;
    case "read":
      return `${at}${failure.message}`;
    case "undefined":
      return `${at}Call to undefined function`;
    case "limit":
      return `${at}${failure.message}`;
  }
}
