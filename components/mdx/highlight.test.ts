import { describe, expect, it } from "vitest";
import { commandsIn, highlightLine, readMeta } from "./highlight.ts";

const kinds = (language: string, line: string) =>
  highlightLine(language, line)
    .filter((token) => token.kind !== undefined)
    .map((token) => `${token.kind}:${token.text}`);

describe("code in lesson texts", () => {
  it("colours keys, strings, numbers and comments of YAML", () => {
    expect(kinds("yaml", "  replicas: 5 # five")).toEqual(["k:replicas", "n:5", "c:# five"]);
    expect(kinds("yaml", 'accessModes: ["ReadWriteOnce"]')).toEqual(["k:accessModes", 's:"ReadWriteOnce"']);
  });

  it("does not take the tag of an image for a number or a key", () => {
    expect(kinds("yaml", "image: nginx:1.27")).toEqual(["k:image"]);
  });

  it("keeps every character", () => {
    for (const line of ["  - name: web # x", "a 'b", "kubectl get pods -l app=nginx | head -2"]) {
      for (const language of ["yaml", "sh", "text"]) {
        expect(
          highlightLine(language, line)
            .map((token) => token.text)
            .join(""),
        ).toBe(line);
      }
    }
  });

  it("reads what stands behind the language of a fence", () => {
    expect(readMeta("run")).toEqual({ run: true, file: undefined });
    expect(readMeta("file=web.yaml")).toEqual({ run: false, file: "web.yaml" });
  });

  it("finds the command lines of a block", () => {
    expect(commandsIn("# look\nkubectl get pods\n\nkubectl get \\\n  pvc\n")).toEqual([
      "kubectl get pods",
      "kubectl get \\\n  pvc",
    ]);
  });
});
