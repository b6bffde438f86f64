/** The sets of tr(1): characters, ranges, classes, `[=c=]`, `[c*n]`. All of bytes. */

/** What is wrong with a set, or with two of them; `message` is what is printed. */
export class TrError extends Error {}

const alpha = (c: number) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
const CLASSES: Readonly<Record<string, (code: number) => boolean>> = {
  alnum: (c) => (c >= 48 && c <= 57) || alpha(c),
  alpha,
  blank: (c) => c === 32 || c === 9,
  cntrl: (c) => c < 32 || c === 127,
  digit: (c) => c >= 48 && c <= 57,
  graph: (c) => c > 32 && c < 127,
  lower: (c) => c >= 97 && c <= 122,
  print: (c) => c >= 32 && c < 127,
  punct: (c) => c > 32 && c < 127 && !alpha(c) && !(c >= 48 && c <= 57),
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  upper: (c) => c >= 65 && c <= 90,
  xdigit: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
};
const ESCAPES: Readonly<Record<string, number>> = { "\\": 92, a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
const MAX_REPEAT = 1 << 20;

type Part =
  | { readonly kind: "bytes"; readonly bytes: readonly number[]; readonly equivalence?: true }
  | { readonly kind: "class"; readonly name: string; readonly bytes: readonly number[] }
  | { readonly kind: "fill"; readonly byte: number };

interface Unit {
  readonly byte: number;
  /** Was written with a backslash: never part of a construct. */
  readonly escaped: boolean;
}

export class TrSet {
  readonly #parts: readonly Part[];

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /** How many `[c*]` there are. */
  get fills(): number {
    return this.#parts.filter((part) => part.kind === "fill").length;
  }

  get hasEquivalence(): boolean {
    return this.#parts.some((part) => part.kind === "bytes" && part.equivalence === true);
  }

  get hasClass(): boolean {
    return this.#parts.some((part) => part.kind === "class");
  }

  get hasOtherClass(): boolean {
    return this.#parts.some((part) => part.kind === "class" && part.name !== "upper" && part.name !== "lower");
  }

  get endsInClass(): boolean {
    return this.#parts.at(-1)?.kind === "class";
  }

  /** All bytes in order; `[c*]` fills up to `length`. */
  bytes(length: number): number[] {
    const own = this.#parts.reduce((sum, part) => sum + (part.kind === "fill" ? 0 : part.bytes.length), 0);
    return this.#parts.flatMap((part) =>
      part.kind === "fill" ? new Array<number>(Math.max(0, length - own)).fill(part.byte) : part.bytes,
    );
  }

  /** Both sets, with the classes for upper and lower case of this one opposite those of the other. */
  paired(other: TrSet, from: readonly number[], to: readonly number[]): [number[], number[]] {
    const cases = (part: Part) => part.kind === "class" && (part.name === "upper" || part.name === "lower");
    if (!other.#parts.some(cases)) return [[...from], [...to]];
    const starts = (parts: readonly Part[], length: number, total: number) => {
      const found = new Map<number, string>();
      let at = 0;
      for (const part of parts) {
        if (part.kind === "class") found.set(at, part.name);
        at += part.kind === "fill" ? Math.max(0, length - total) : part.bytes.length;
      }
      return found;
    };
    const own = starts(this.#parts, 0, 0);
    const theirs = starts(
      other.#parts,
      from.length,
      other.#parts.reduce((sum, part) => sum + (part.kind === "fill" ? 0 : part.bytes.length), 0),
    );
    for (const [at, name] of theirs) {
      const mine = own.get(at);
      if ((name === "upper" || name === "lower") && mine !== "upper" && mine !== "lower")
        throw new TrError("misaligned [:upper:] and/or [:lower:] construct");
    }
    return [[...from], [...to]];
  }

  static async parse(
    text: string,
    quote: (text: string) => string,
    warn: (message: string) => Promise<void>,
  ): Promise<TrSet> {
    const units = await unescaped(text, warn);
    const parts: Part[] = [];
    const is = (at: number, character: string) => {
      const unit = units[at];
      return unit !== undefined && !unit.escaped && unit.byte === character.charCodeAt(0);
    };
    const textOf = (from: number, to: number) => String.fromCharCode(...units.slice(from, to).map((unit) => unit.byte));
    for (let at = 0; at < units.length; ) {
      if (is(at, "[")) {
        const kind = is(at + 1, ":") ? ":" : is(at + 1, "=") ? "=" : "";
        if (kind !== "") {
          let end = at + 2;
          while (end + 1 < units.length && !(is(end, kind) && is(end + 1, "]"))) end++;
          if (end + 1 < units.length) {
            const name = textOf(at + 2, end);
            const next = end + 2;
            if (kind === ":") {
              if (name === "") throw new TrError("missing character class name '[::]'");
              const test = CLASSES[name];
              if (test === undefined) {
                // "[:*]" and its like are repetitions.
                if (!is(at + 2, "*")) throw new TrError(`invalid character class ${quote(name)}`);
              } else {
                parts.push({ kind: "class", name, bytes: Array.from({ length: 256 }, (_, byte) => byte).filter(test) });
                at = next;
                continue;
              }
            } else {
              if (name === "") throw new TrError("missing equivalence class character '[==]'");
              if (name.length > 1) {
                if (!is(at + 2, "*"))
                  throw new TrError(`${name}: equivalence class operand must be a single character`);
              } else {
                parts.push({ kind: "bytes", bytes: [name.charCodeAt(0)], equivalence: true });
                at = next;
                continue;
              }
            }
          }
        }
        if (at + 2 < units.length && is(at + 2, "*")) {
          let end = at + 3;
          while (end < units.length && !is(end, "]") && !(units[end]?.escaped ?? false)) end++;
          if (is(end, "]")) {
            const count = textOf(at + 3, end);
            const { byte } = units[at + 1] as Unit;
            const valid = count.startsWith("0") ? /^[0-7]*$/.test(count) : /^\d*$/.test(count);
            if (!valid) throw new TrError(`invalid repeat count ${quote(count)} in [c*n] construct`);
            const value = count.startsWith("0") ? Number.parseInt(count, 8) : Number(count);
            if (value === 0) parts.push({ kind: "fill", byte });
            else parts.push({ kind: "bytes", bytes: new Array<number>(Math.min(value, MAX_REPEAT)).fill(byte) });
            at = end + 1;
            continue;
          }
        }
      }
      const { byte } = units[at] as Unit;
      if (is(at + 1, "-") && at + 2 < units.length) {
        const last = (units[at + 2] as Unit).byte;
        if (last < byte)
          throw new TrError(
            `range-endpoints of '${shown(byte)}-${shown(last)}' are in reverse collating sequence order`,
          );
        parts.push({ kind: "bytes", bytes: Array.from({ length: last - byte + 1 }, (_, index) => byte + index) });
        at += 3;
        continue;
      }
      parts.push({ kind: "bytes", bytes: [byte] });
      at++;
    }
    return new TrSet(parts);
  }
}

function shown(byte: number): string {
  return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
}

async function unescaped(text: string, warn: (message: string) => Promise<void>): Promise<Unit[]> {
  const units: Unit[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "\\") {
      units.push({ byte: text.charCodeAt(at), escaped: false });
      continue;
    }
    const next = text[at + 1];
    if (next === undefined) {
      await warn("an unescaped backslash at end of string is not portable");
      units.push({ byte: 92, escaped: false });
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1))?.[0];
    if (octal === undefined) {
      units.push({ byte: ESCAPES[next] ?? text.charCodeAt(at + 1), escaped: true });
      at++;
      continue;
    }
    let digits = octal;
    if (Number.parseInt(digits, 8) > 255) {
      digits = digits.slice(0, 2);
      await warn(
        `the ambiguous octal escape \\${octal} is being\n\tinterpreted as the 2-byte sequence \\0${digits}, ${octal[2]}`,
      );
    }
    units.push({ byte: Number.parseInt(digits, 8), escaped: true });
    at += digits.length;
  }
  return units;
}
