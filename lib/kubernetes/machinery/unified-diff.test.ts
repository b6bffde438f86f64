import { describe, expect, it } from "vitest";
import { unifiedDiff } from "./unified-diff.ts";

const lines = (...items: (string | number)[]) => items.join("\n");

describe("a unified diff", () => {
  it("is nothing where nothing differs", () => {
    expect(unifiedDiff("a\nb", "a\nb")).toBe("");
  });

  it("shows three lines around what changed, and where it stands", () => {
    const before = lines(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    expect(unifiedDiff(before, before.replace("5", "five"))).toBe(
      "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
    );
  });

  it("makes two hunks of changes that are far apart, one of those that are near", () => {
    const before = lines(...Array.from({ length: 20 }, (_, index) => index));
    expect(unifiedDiff(before, before.replace("2\n", "").replace("\n17", "\n17\nnew"))).toBe(
      "@@ -1,6 +1,5 @@\n 0\n 1\n-2\n 3\n 4\n 5\n@@ -16,5 +15,6 @@\n 15\n 16\n 17\n+new\n 18\n 19\n",
    );
    expect(unifiedDiff(lines("a", "b", "c"), lines("A", "b", "C"))).toBe("@@ -1,3 +1,3 @@\n-a\n+A\n b\n-c\n+C\n");
  });

  it("writes ranges of one and of no lines as Python does", () => {
    expect(unifiedDiff("a", "b")).toBe("@@ -1 +1 @@\n-a\n+b\n");
    expect(unifiedDiff("", "x\n", 0)).toBe("@@ -0,0 +1 @@\n+x\n");
  });
});
