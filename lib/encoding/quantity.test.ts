import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMillis,
  quantityNumber,
  quantityUnits,
  roundUpToMillis,
  subtractQuantities,
  tryParseQuantity,
} from "./quantity.ts";

describe("quantities", () => {
  it.each([
    ["1Gi", "1Gi"],
    ["1024Mi", "1Gi"],
    ["1536Mi", "1536Mi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Gi", "512Mi"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["0.5", "500m"],
    ["0.0005", "500u"],
    ["1000", "1k"],
    ["1e3", "1e3"],
    ["1000e3", "1e6"],
    ["1E", "1E"],
    ["100k", "100k"],
    ["0", "0"],
    ["0Gi", "0"],
    ["512", "512"],
    ["1023Ki", "1023Ki"],
    ["0.1Ki", "102400m"],
    ["-1024Ki", "-1Mi"],
    ["+5", "+5"],
    [" 2 ", "2"],
    [2, "2"],
    [0.5, "500m"],
    ["1.500", "1.500"],
    ["16777216Ti", "9223372036854775807"],
  ])("gives %s back as %s", (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected);
  });

  it.each([
    ["", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ["10GB", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ["abc", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ["1.2.3", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ["1K", "unable to parse quantity's suffix"],
    ["1Mk", "unable to parse quantity's suffix"],
    ["1e", "unable to parse quantity's suffix"],
  ])("refuses %j", (text, message) => {
    expect(() => parseQuantity(text)).toThrow(message);
    expect(tryParseQuantity(text)).toBeUndefined();
  });

  it("rounds values and thousandths up, and amounts finer than a nano away from zero", () => {
    expect(quantityUnits("1500m")).toBe(2);
    expect(quantityMillis("1u")).toBe(1);
    expect(quantityMillis("2")).toBe(2000);
    expect(roundUpToMillis("100u")).toBe("1m");
    expect(roundUpToMillis("250m")).toBe("250m");
    expect(parseQuantity("0.0000000001").nanos).toBe(1n);
  });

  it("adds in the first one's format, or the second's where the first is zero", () => {
    expect(addQuantities("1Gi", "1Gi")).toBe("2Gi");
    expect(addQuantities("0", "1Gi")).toBe("1Gi");
    expect(subtractQuantities("1", "250m")).toBe("750m");
  });

  const suffix = fc.constantFrom("", "m", "u", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "e3", "e-2");
  const text = fc
    .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.option(fc.integer({ min: 0, max: 999 })), suffix)
    .map(([whole, fraction, unit]) => `${whole}${fraction === null ? "" : `.${fraction}`}${unit}`);

  it("keeps the value when written canonically, and stays canonical", () => {
    fc.assert(
      fc.property(text, (given) => {
        const parsed = parseQuantity(given);
        const written = formatQuantity(parsed);
        expect(parseQuantity(written).nanos).toBe(parsed.nanos);
        expect(formatQuantity(parseQuantity(written))).toBe(written);
        expect(parseQuantity(canonicalQuantity(given)).nanos).toBe(parsed.nanos);
      }),
    );
  });

  it("orders like numbers, and subtraction undoes addition", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(compareQuantities(a, b)).toBe(-compareQuantities(b, a) || 0);
        expect(compareQuantities(subtractQuantities(addQuantities(a, b), b), a)).toBe(0);
      }),
    );
  });
});

describe("quantityNumber", () => {
  it("agrees with the exact reading wherever a number can", () => {
    for (const text of ["0", "1", "250m", "1.5", "2Gi", "100Mi", "1e3", "2E", "3k", "12E2", "-5", "7n", "0.1Ki"])
      expect(quantityNumber(text)).toBeCloseTo(Number(parseQuantity(text).nanos) / 1e9, 8);
    for (const text of ["", "abc", "1Q", "1.2.3", "Gi"]) expect(quantityNumber(text)).toBeUndefined();
  });
});
