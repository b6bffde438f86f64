/** Long texts, in pieces that are paid for one by one: values of the shell and files hold megabytes. */

/** Pays for work; may let others run. */
export type Spend = (units: number) => Promise<void> | void;

/** Characters between two payments. */
export const PIECE = 8192;
const PIECE_COST = PIECE >> 6;

const PARTS = 4096;

/** Where a piece that begins at `from` ends: never within a character. */
export function pieceEnd(text: string, from: number): number {
  const end = from + PIECE;
  if (end >= text.length) return text.length;
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end + 1 : end;
}

/** `change` of each piece, put together. For what looks at one character at a time. */
export async function inPieces(text: string, change: (piece: string) => string, spend: Spend): Promise<string> {
  if (text.length <= PIECE) return change(text);
  const out: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at);
    out.push(change(text.slice(at, end)));
    at = end;
    await spend(PIECE_COST);
  }
  return out.join("");
}

/** `Array.from(text)`. */
export async function charactersOf(text: string, spend: Spend): Promise<string[]> {
  if (text.length <= PIECE) return Array.from(text);
  const out: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at);
    for (const char of text.slice(at, end)) out.push(char);
    at = end;
    await spend(PIECE_COST);
  }
  return out;
}

/** `parts.join(separator)` of what may be a million parts. */
export async function joined(parts: readonly string[], separator: string, spend: Spend): Promise<string> {
  if (parts.length <= PARTS) return parts.join(separator);
  const out: string[] = [];
  for (let at = 0; at < parts.length; at += PARTS) {
    out.push(parts.slice(at, at + PARTS).join(separator));
    await spend(PARTS >> 4);
  }
  return out.join(separator);
}

/** A text that grows by many short parts: `+=` would leave all of them to be copied in one go at the end. */
export class Gathered {
  readonly #flat: string[] = [];
  #parts: string[] = [];

  /** True: a payment is due. */
  add(part: string): boolean {
    this.#parts.push(part);
    if (this.#parts.length < PARTS) return false;
    this.#flat.push(this.#parts.join(""));
    this.#parts = [];
    return true;
  }

  text(): string {
    return this.#flat.join("") + this.#parts.join("");
  }
}
