/** What a scenario of the comparison is, and how its lines are written. */

export interface Step {
  /** As in the table: names the step in reports and recordings. */
  readonly line: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Several things are written side by side: lines of stdout are compared in any order. */
  readonly unordered?: boolean;
  /** A file of the scenario that stdin is read from. */
  readonly stdin?: string;
  /** It is killed after so many ms; default: much longer than any takes. */
  readonly limit?: number;
  /** It begins with a second: times have no smaller part, and entries of managedFields are in order of theirs. */
  readonly onTheSecond?: boolean;
}
export interface Scenario {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** Words as a shell splits them, with quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g)].map((match) =>
    match[0].replace(
      /'([^']*)'|"([^"]*)"/g,
      (_, single: string | undefined, double: string | undefined) => single ?? double ?? "",
    ),
  );
}

/**
 * `NAME=value ... arguments ... < file`, the name of the program left out; after `~` stdout comes in any order, after
 * `+` the line begins with a second.
 */
function step(text: string): Step {
  if (text.startsWith("~ ")) return { ...step(text.slice(2)), line: text, unordered: true };
  if (text.startsWith("+ ")) return { ...step(text.slice(2)), line: text, onTheSecond: true };
  const line = text;
  let args = words(line);
  const env: Record<string, string> = {};
  for (let match = /^([A-Z][A-Z_]*)=(.*)$/.exec(args[0] ?? ""); match !== null; ) {
    env[match[1] ?? ""] = match[2] ?? "";
    args = args.slice(1);
    match = /^([A-Z][A-Z_]*)=(.*)$/.exec(args[0] ?? "");
  }
  const arrow = args.lastIndexOf("<");
  if (arrow === -1) return { line, args, env };
  return { line, args: args.slice(0, arrow), env, stdin: args[arrow + 1] ?? "" };
}

/** One step a line; empty lines and those that start with # are left out. */
export const lines = (text: string): Step[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(step);
