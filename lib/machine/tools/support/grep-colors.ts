/** The colours of grep(1): GREP_COLORS. */

export interface GrepColors {
  /** What matched, in selected lines and in context. */
  readonly match: string;
  readonly contextMatch: string;
  /** Whole lines. */
  readonly selected: string;
  readonly context: string;
  readonly file: string;
  readonly line: string;
  readonly offset: string;
  readonly separator: string;
  readonly reverse: boolean;
  readonly noErase: boolean;
}

export function grepColors(setting: string | undefined, old: string | undefined): GrepColors {
  const values = new Map<string, string>();
  if (old !== undefined && old !== "") values.set("mt", old);
  for (const part of (setting ?? "").split(":")) {
    const [, name, value] = /^([a-z]{2})(?:=([\d;]*))?$/.exec(part) ?? [];
    if (name === undefined) break;
    values.set(name, value ?? "");
    if (name === "mt") {
      values.set("ms", value ?? "");
      values.set("mc", value ?? "");
    }
  }
  const of = (name: string, fallback: string) => values.get(name) ?? fallback;
  const match = of("mt", "01;31");
  return {
    match: of("ms", match),
    contextMatch: of("mc", match),
    selected: of("sl", ""),
    context: of("cx", ""),
    file: of("fn", "35"),
    line: of("ln", "32"),
    offset: of("bn", "32"),
    separator: of("se", "36"),
    reverse: values.has("rv"),
    noErase: values.has("ne"),
  };
}
