/** Random parts of names and ids, from the cluster's seeded generator. */

/** Letters and digits upstream generates names of: no vowels, so that no word comes out (apimachinery util/rand). */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const MAX_NAME = 63;
const SUFFIX = 5;

export function randomSuffix(random: () => number, length = SUFFIX): string {
  let text = "";
  for (let index = 0; index < length; index++) text += ALPHABET[Math.floor(random() * ALPHABET.length)];
  return text;
}

/** `generateName` plus five characters, cut to fit (apiserver storage/names). */
export function generatedName(base: string, random: () => number): string {
  return base.slice(0, MAX_NAME - SUFFIX) + randomSuffix(random);
}

/** A version 4 UUID. */
export function uuid(random: () => number): string {
  let text = "";
  for (let index = 0; index < 32; index++) {
    if (index === 8 || index === 12 || index === 16 || index === 20) text += "-";
    const digit = index === 12 ? 4 : index === 16 ? 8 + Math.floor(random() * 4) : Math.floor(random() * 16);
    text += digit.toString(16);
  }
  return text;
}
