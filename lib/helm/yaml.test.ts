/** Long values are read a piece at a time, with the same result. */
import { describe, expect, it } from "vitest";
import { readYaml, readYamlPaced } from "./yaml.ts";

const long = (key: string): string =>
  `${key}:\n  # ${"x".repeat(900)}\n  a: [1, "two"]\n  text: |\n    key: no key\n\n    more\n`;
const paced = async (text: string): Promise<{ readonly value: unknown; readonly pays: number }> => {
  let pays = 0;
  const value = await readYamlPaced(text, () => {
    pays++;
  });
  return { value, pays };
};

describe("long YAML", () => {
  const text = Array.from({ length: 40 }, (_, i) => long(`key${i}`)).join("# between\n");
  it("is read in pieces", async () => {
    const { value, pays } = await paced(text);
    expect(value).toEqual(readYaml(text));
    expect(pays).toBeGreaterThan(5);
  });
  it.each([
    ["anchors", `${text}\nbase: &base {a: 1}\ncopy: *base\n`],
    ["several documents", `${text}\n---\nother: 1\n`],
    ["a list", Array.from({ length: 300 }, (_, i) => `- item ${i} ${"y".repeat(30)}`).join("\n")],
    ["quoted text over several lines", `${text}\nq: "one\n two: three\n ${"z\n ".repeat(3000)}end"\nlast: 1\n`],
  ])("of %s means the same", async (_, other) => {
    expect((await paced(other)).value).toEqual(readYaml(other));
  });
  it("that is wrong is told with the line of the whole", async () => {
    const wrong = `${text}bad: a: b\n`;
    let words = "";
    try {
      readYaml(wrong);
    } catch (error) {
      words = (error as Error).message;
    }
    await expect(paced(wrong)).rejects.toThrow(words);
  });
});
