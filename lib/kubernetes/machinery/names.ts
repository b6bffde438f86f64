/** Random parts of names and ids, from the cluster's seeded generator. */

/** Letters and digits upstream generates names of: no vowels, so that no word comes out (apimachinery util/rand). */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const HEXADECIMAL = "0123456789abcdef";
const MAX_NAME = 63;
const SUFFIX = 5;

export function randomSuffix(random: () => number, length = SUFFIX): string {
  return flat(length, () => ALPHABET.charCodeAt(Math.floor(random() * ALPHABET.length)));
}

/** Made in one piece: a text put together by `+=` stays a chain of its parts, thirty times its size, for as long as it lives. */
function flat(length: number, codeAt: (index: number) => number): string {
  return String.fromCharCode(...Array.from({ length }, (_, index) => codeAt(index)));
}

/** `generateName` plus five characters, cut to fit (apiserver storage/names). */
export function generatedName(base: string, random: () => number): string {
  return base.slice(0, MAX_NAME - SUFFIX) + randomSuffix(random);
}

/** A version 4 UUID. */
export function uuid(random: () => number): string {
  const digits = flat(32, (index) => {
    const digit = index === 12 ? 4 : index === 16 ? 8 + Math.floor(random() * 4) : Math.floor(random() * 16);
    return HEXADECIMAL.charCodeAt(digit);
  });
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}
