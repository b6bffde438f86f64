/** Values of CEL. */

/** JSON as CEL wants it: whole numbers are ints (BigInt here), and fields that are undefined are none. */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (value !== null && typeof value === "object") {
    const converted: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(value)) if (field !== undefined) converted[key] = toCel(field);
    return converted;
  }
  return value;
}
