/** `--format`: one "%f" with what stands around it. */

export interface NumberFormat {
  readonly before: string;
  readonly after: string;
  readonly grouping: boolean;
  /** Zeros up to this width. */
  readonly zeros: number;
  /** Less than 0: to the left. Undefined: none given. */
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** `quoted` is the format as messages show it. A string is what is wrong with it. */
export function readFormat(format: string, quoted: string): NumberFormat | string {
  let at = 0;
  let prefix = 0;
  while (!(format[at] === "%" && format[at + 1] !== "%")) {
    if (at >= format.length) return `format ${quoted} has no % directive`;
    at += format[at] === "%" ? 2 : 1;
    prefix++;
  }
  at++;
  let grouping = false;
  let zero = false;
  for (;;) {
    const blanks = /^ */.exec(format.slice(at))?.[0].length ?? 0;
    at += blanks;
    if (format[at] === "'") grouping = true;
    else if (format[at] === "0") zero = true;
    else if (blanks === 0) break;
    else continue;
    at++;
  }
  const [digits = ""] = /^\s*[+-]?\d+/.exec(format.slice(at)) ?? [];
  const width = Number(digits);
  at += digits.length;
  if (Math.abs(width) > 65_536) return `invalid format ${quoted} (width overflow)`;
  if (at >= format.length) return `format ${quoted} ends in %`;
  let precision: number | undefined;
  if (format[at] === ".") {
    const [text = ""] = /^-?\d*/.exec(format.slice(at + 1)) ?? [];
    precision = Number(text);
    if (precision < 0 || precision > 65_536 || /^[ \t+]/.test(format.slice(at + 1)))
      return `invalid precision in format ${quoted}`;
    at += 1 + text.length;
  }
  if (format[at] !== "f") return `invalid format ${quoted}, directive must be %[0]['][-][N][.][N]f`;
  const rest = format.slice(at + 1);
  if (/^(?:[^%]|%%)*%(?!%)/.test(rest)) return `format ${quoted} has too many % directives`;
  return {
    before: format.slice(0, prefix),
    after: rest,
    grouping,
    zeros: zero && width > 0 ? width : 0,
    width: width === 0 || (zero && width > 0) ? undefined : width,
    precision,
  };
}
