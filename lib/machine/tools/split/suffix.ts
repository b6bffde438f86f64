/** The names of split's files. */

export interface SuffixRules {
  readonly digits: string;
  readonly length: number;
  /** Longer ones follow where these are used up. */
  readonly grows: boolean;
  readonly first: number;
}

export const LETTERS = "abcdefghijklmnopqrstuvwxyz";
export const DECIMAL = "0123456789";
export const HEXADECIMAL = "0123456789abcdef";

/** Undefined: there are no more. */
export function suffixOf(index: number, rules: SuffixRules): string | undefined {
  const { digits, grows } = rules;
  const base = digits.length;
  let { length } = rules;
  let value = index + rules.first;
  if (!grows) return value < base ** length ? written(value, length, digits) : undefined;
  // The block that begins with the last digit leads to names that are two longer: "yz", "zaaa".
  let before = "";
  for (;;) {
    const room = base ** length - base ** (length - 1);
    if (value < room) return before + written(value, length, digits);
    value -= room;
    before += digits.at(-1) ?? "";
    length++;
  }
}

function written(value: number, length: number, digits: string): string {
  let text = "";
  let rest = value;
  for (let place = 0; place < length; place++) {
    text = (digits[rest % digits.length] ?? "") + text;
    rest = Math.floor(rest / digits.length);
  }
  return text;
}

/** Digits that so many names need. */
export function lengthFor(count: number, digits: string): number {
  let length = 1;
  while (digits.length ** length < count) length++;
  return length;
}
