import { describe, expect, it } from "vitest";
import { en } from "./en.ts";
import { fill, plural } from "./locale.ts";
import { zh } from "./zh.ts";

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("the words of the pages", () => {
  it("name the same values in both languages", () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      expect(placeholders(zh[key]), key).toEqual(placeholders(en[key]));
    }
  });

  it("exist in both languages and are not empty", () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    for (const text of [...Object.values(en), ...Object.values(zh)]) expect(text.trim()).not.toBe("");
  });

  it("leave an unknown placeholder standing", () => {
    expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
  });

  it("choose the plural form by the language", () => {
    expect(plural("en", "catalogue.exercises", 1)).toBe("catalogue.exercises.one");
    expect(plural("en", "catalogue.exercises", 2)).toBe("catalogue.exercises.other");
    expect(plural("zh", "catalogue.exercises", 1)).toBe("catalogue.exercises.other");
  });
});
