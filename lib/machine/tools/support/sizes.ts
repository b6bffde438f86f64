/** Numbers with suffixes, and sizes as people read them. */
const FACTORS: Readonly<Record<string, number>> = {
  b: 512,
  k: 1024,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
  P: 1024 ** 5,
};

/** "10", "2k", "3MB" (powers of 1000), "1MiB". Undefined where it is no such number. */
export function parseSize(text: string): number | undefined {
  const [, digits, suffix] = /^(\d+)(b|[kKMGTP](?:i?B)?)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (suffix === undefined) return Number(digits);
  const letter = suffix[0] as string;
  if (suffix.length === 2) return Number(digits) * 1000 ** ("kMGTP".indexOf(letter === "K" ? "k" : letter) + 1);
  return Number(digits) * (FACTORS[letter] ?? 1);
}

/** As `ls -h`, `df -h`, `du -h`: "4.0K", "12M", rounded up. */
export function humanSize(bytes: number, base = 1024): string {
  if (bytes < base) return String(bytes);
  let value = bytes;
  let unit = -1;
  while (value >= base && unit < 5) {
    value /= base;
    unit++;
  }
  const letter = (base === 1000 ? "kMGTPE" : "KMGTPE")[unit] as string;
  const rounded = Math.ceil(value * 10) / 10;
  if (rounded < 10) return `${rounded.toFixed(1)}${letter}`;
  const whole = Math.ceil(value);
  return whole >= base && unit < 5 ? `1.0${"KMGTPE"[unit + 1]}` : `${whole}${letter}`;
}

/** util-linux's sizes: as in C with any base, and K, KiB (1024) or KB (1000) and so on, in either case. */
export function parseUtilLinuxSize(text: string): number | undefined {
  const [, digits, fraction, letter, binary, decimal] =
    /^\s*\+?(0[xX][0-9a-fA-F]+|\d+)(\.\d+)?(?:([KMGTPEZYkmgtpezy])(?:(iB)|([bB]))?)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (fraction !== undefined && letter === undefined) return undefined;
  const whole = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  const power = letter === undefined ? 0 : "KMGTPEZY".indexOf(letter.toUpperCase()) + 1;
  const base = decimal !== undefined && binary === undefined ? 1000 : 1024;
  return Math.trunc((whole + Number(fraction ?? 0)) * base ** power);
}
