/** Descriptions are tab-separated lines, indented by two spaces a level (k8s.io/kubectl/pkg/describe/describe.go). */
import type { Json } from "../object.ts";
import { escapeTerminal } from "../printers/table.ts";
import { DESCRIBE_TABS, TabWriter } from "../printers/tabwriter.ts";

export class DescribeWriter {
  readonly #writer = new TabWriter(DESCRIBE_TABS);
  #raw = "";

  /** One or more cells of text as they are, at a level. Line ends are the caller's. */
  write(level: number, text: string): void {
    const line = `${"  ".repeat(level)}${escapeTerminal(text)}`;
    this.#raw += line;
    this.#writer.write(line);
  }
  /** "Name:\tvalue". */
  field(level: number, name: string, value: Json | undefined): void {
    this.write(level, `${name}:\t${value ?? ""}\n`);
  }
  /** As written, cells still apart by tabs (upstream forgets to align some templates). */
  get raw(): string {
    return this.#raw;
  }
  toString(): string {
    return this.#writer.flush();
  }
}

/** "a=b" pairs, one a line, aligned under the first: labels. */
export function labels(
  writer: DescribeWriter,
  title: string,
  values: Readonly<Record<string, string>>,
  skip: readonly string[] = [],
): void {
  const keys = Object.keys(values)
    .filter((key) => !skip.includes(key))
    .sort();
  if (keys.length === 0) writer.write(0, `${title}:\t<none>\n`);
  keys.forEach((key, i) => {
    writer.write(0, `${i === 0 ? `${title}:` : ""}\t${key}=${values[key]}\n`);
  });
}

/** labels.FormatLabels: "a=b,c=d" or "<none>". */
export const pairsText = (values: Readonly<Record<string, string>>): string =>
  Object.keys(values)
    .sort()
    .map((key) => `${key}=${values[key]}`)
    .join(",") || "<none>";

const LONGEST = 140;
const SKIPPED = ["kubectl.kubernetes.io/last-applied-configuration"];

/** "a: b" pairs; long or many-line values on lines of their own. */
export function annotations(
  writer: DescribeWriter,
  title: string,
  values: Readonly<Record<string, string>>,
  indent = "",
): void {
  const keys = Object.keys(values)
    .filter((key) => !SKIPPED.includes(key))
    .sort();
  if (keys.length === 0) {
    writer.write(0, `${indent}${title}:\t<none>\n`);
    return;
  }
  keys.forEach((key, i) => {
    writer.write(0, `${i === 0 ? `${indent}${title}:` : indent}\t`);
    const value = (values[key] ?? "").replace(/\n$/, "");
    if (value.length + key.length + 2 > LONGEST || value.includes("\n")) {
      writer.write(0, `${key}:\n`);
      for (const line of value.split("\n"))
        writer.write(0, `${indent}\t  ${line.length > LONGEST - 2 ? `${line.slice(0, LONGEST - 2)}...` : line}\n`);
    } else writer.write(0, `${key}: ${value}\n`);
  });
}
