import { describe, expect, it } from "vitest";
import { findProblem } from "./check.ts";

const said = (text: string, extended = false) => findProblem(text, { extended })?.messages.map((each) => each.text);

describe("what is wrong with a text", () => {
  it("is the first token that nothing valid begins with", () => {
    expect(said("if true; then fi")).toEqual(["syntax error near unexpected token `fi'"]);
    expect(said("for x in a b; echo; done")).toEqual(["syntax error near unexpected token `echo'"]);
  });

  it("is looked for in substitutions too, but not in backquotes", () => {
    expect(said("echo $(fi)")).toEqual(["syntax error near unexpected token `fi'"]);
    expect(said("echo `fi`")).toBeUndefined();
  });

  it("begins where its complete command does, and what stands before is run", () => {
    expect(findProblem("echo a\necho b; fi\n")?.start).toBe("echo a\n".length);
  });

  it("may be mended by more lines", () => {
    expect(findProblem("if true")?.incomplete).toBe(true);
    expect(findProblem("echo >")?.incomplete).toBe(false);
  });

  it("depends on extglob, but not inside of [[ ]]", () => {
    expect(said("echo @(a|b)")).toEqual(["syntax error near unexpected token `('"]);
    expect(said("echo @(a|b)", true)).toBeUndefined();
    expect(said("[[ a == @(a|b) ]]")).toBeUndefined();
  });

  it("is nothing in what stands in a here-document", () => {
    expect(said('cat <<E\nfi ( "\nE\necho')).toBeUndefined();
  });

  it("is found in a time that grows with the text", () => {
    expect(() => findProblem("((".repeat(30_000))).not.toThrow(SyntaxError);
    expect(said(`${"(( a ) ".repeat(20)}`)).toBeDefined();
  });
});
