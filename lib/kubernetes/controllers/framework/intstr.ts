/** Numbers and percentages (apimachinery util/intstr). */

/** `value` of `total`; undefined where it is neither a number nor a percentage. */
export function scaled(value: number | string, total: number, roundUp: boolean): number | undefined {
  if (typeof value === "number") return value;
  const match = /^(\d+)%$/.exec(value);
  if (match === null) return undefined;
  const exact = (Number(match[1]) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}
