const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "30s" in ms. The lesson schema has checked the form. */
export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is no duration`);
  return Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1);
}
