/** Text counted in characters: those beyond U+FFFF are two units of a string. */

const WIDE = /[\ud800-\udbff]/;

export function countOf(text: string): number {
  return WIDE.test(text) ? Array.from(text).length : text.length;
}

/** How many characters stand before a place; -1 stays. */
export function placeOf(text: string, index: number): number {
  return index <= 0 || !WIDE.test(text) ? index : Array.from(text.slice(0, index)).length;
}

/** From character `start` up to `end`, both counted from 0. */
export function sliceOf(text: string, start: number, end: number): string {
  return WIDE.test(text) ? Array.from(text).slice(start, end).join("") : text.slice(start, end);
}
