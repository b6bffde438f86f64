import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "../../encoding/index.ts";
import { testMachine } from "../testing.test-helper.ts";
import { toolPrograms } from "./index.ts";

async function run(argv: readonly string[], files: Readonly<Record<string, string>>) {
  const box = testMachine(Object.fromEntries(toolPrograms), { files });
  const started = box.run(argv);
  let code: number | undefined;
  void started.child.exited.then((status) => {
    code = status.code;
  });
  await box.clock.runUntil(() => code !== undefined, 60_000);
  return { out: started.output(), err: started.errors(), code };
}

describe("diff", () => {
  const files = { a: "one\ntwo\nthree\nfour\n", b: "one\n2\nthree\nfour\nfive\n" };

  it("says nothing of equal files", async () => {
    expect(await run(["diff", "/a", "/a"], files)).toEqual({ out: "", err: "", code: 0 });
  });

  it("prints changes and additions", async () => {
    const { out, code } = await run(["diff", "/a", "/b"], files);
    expect(out).toBe("2c2\n< two\n---\n> 2\n4a5\n> five\n");
    expect(code).toBe(1);
  });

  it("prints unified hunks with context", async () => {
    const { out } = await run(["diff", "-u", "/a", "/b"], files);
    expect(out.split("\n").slice(2).join("\n")).toBe("@@ -1,4 +1,5 @@\n one\n-two\n+2\n three\n four\n+five\n");
    expect(out.split("\n")[0]).toMatch(/^--- \/a\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9} \+0000$/);
  });

  it("compares directories as kubectl asks for it", async () => {
    const tree = { "live/x": "a: 1\n", "merged/x": "a: 2\n", "merged/y": "new: 1\n" };
    const { out, code } = await run(["diff", "-u", "-N", "/live", "/merged"], tree);
    expect(out).toMatch(
      /^diff -u -N \/live\/x \/merged\/x\n--- \/live\/x\t.*\n\+\+\+ .*\n@@ -1 \+1 @@\n-a: 1\n\+a: 2\n/,
    );
    expect(out).toMatch(/diff -u -N \/live\/y \/merged\/y\n--- .*\n\+\+\+ .*\n@@ -0,0 \+1 @@\n\+new: 1\n$/);
    expect(code).toBe(1);
  });

  it("tells of a missing newline, and of a missing file", async () => {
    const { out } = await run(["diff", "/a", "/c"], { a: "x\n", c: "x" });
    expect(out).toBe("1c1\n< x\n---\n> x\n\\ No newline at end of file\n");
    expect(await run(["diff", "/a", "/nope"], { a: "" })).toMatchObject({ code: 2 });
  });
});

describe("base64", () => {
  it.each(["", "a", "ab", "abc", "password", "\u4e2d\u6587"])("round trip of %j", (text) => {
    const data = new TextEncoder().encode(text);
    expect(encodeBase64(data)).toBe(Buffer.from(data).toString("base64"));
    expect(decodeBase64(encodeBase64(data))).toEqual(data);
  });

  it("wraps at 76, and refuses garbage", async () => {
    const { out } = await run(["base64", "/a"], { a: "x".repeat(60) });
    expect(out.split("\n").map((line) => line.length)).toEqual([76, 4, 0]);
    expect(await run(["base64", "-d", "/a"], { a: "YWJj!!" })).toEqual({
      out: "abc",
      err: "base64: invalid input\n",
      code: 1,
    });
  });
});
