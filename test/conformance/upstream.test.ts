/** The audit of upstream's conformance tests says what is so, and the page made of it is current. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { auditConformance, conformancePage } from "./player/upstream.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the audit of upstream's conformance tests", () => {
  const audit = auditConformance(root);

  it("names no scenario, test or codename that does not exist", () => {
    expect(audit.problems).toEqual([]);
  });

  it("is told in docs/conformance.md as it stands (node scripts/conformance.mjs)", () => {
    expect(readFileSync(`${root}/docs/conformance.md`, "utf8")).toBe(conformancePage(audit));
  });
});
