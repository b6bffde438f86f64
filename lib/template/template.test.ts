/** The engine against what kubectl's -o go-template said (Go's own text/template): `node scripts/record-templates.mjs`. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GoTemplate } from "../kubectl/printers/go-template.ts";
import { ExecutionError, runPaying, TemplateSet } from "./index.ts";

interface Recorded {
  readonly template: string;
  readonly stdout: string;
  readonly stderr: string;
}
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../test/conformance/templates/${name}`, import.meta.url), "utf8"));
const { recorded } = read("recorded.json") as { readonly recorded: readonly Recorded[] };
const object = read("object.json") as { metadata: { labels: Record<string, string> } };
// The command that records prints an object only where it changes it.
object.metadata.labels["recorded"] = "yes";

/** What the engine refuses: complex numbers, and floating point numbers in base 16. */
const REFUSED = new Set(["{{1i}}", '{{printf "%x %X %e" "世" 3.5 1}}']);

describe("templates, as recorded from kubectl -o go-template", () => {
  it.each(recorded.filter(({ template }) => !REFUSED.has(template)).map((one) => [one.template, one] as const))(
    "%s",
    (template, { stdout, stderr }) => {
      let out = "";
      let error = "";
      try {
        out = new GoTemplate(template, { allowMissingKeys: true }).execute(object as never);
      } catch (problem) {
        error = (problem as Error).message;
        if (problem instanceof ExecutionError) out = problem.written;
      }
      const wanted = /template: output:[\s\S]*/.exec(stderr)?.[0].trimEnd() ?? "";
      expect({ out, error }).toEqual({ out: stdout.replace(/Error executing template: [\s\S]*$/, ""), error: wanted });
    },
  );
});

describe("a run of a template", () => {
  it("is paid for as it goes", async () => {
    const set = new TemplateSet();
    set.parse("t", "{{range 2000}}{{.}}{{end}}");
    let paid = 0;
    const out = await runPaying(set.run("t", null), (units) => {
      paid += units;
    });
    expect(out).toHaveLength(6890);
    expect(paid).toBeGreaterThan(2000);
  });
  it("ends where templates call each other without end", () => {
    const set = new TemplateSet();
    set.parse("t", '{{define "a"}}{{template "b" .}}{{end}}{{define "b"}}{{template "a" .}}{{end}}{{template "a" .}}');
    expect(() => set.execute("t", null)).toThrow("exceeded maximum template depth (100000)");
  });
  it("ends where it writes too much", () => {
    const set = new TemplateSet({ maxOutput: 1000 });
    set.parse("t", "{{range 100000}}0123456789{{end}}");
    expect(() => set.execute("t", null)).toThrow("the output of the template is too large");
  });
  it("keeps definitions that an empty one of the same name would replace", () => {
    const set = new TemplateSet();
    set.parse("a", '{{define "x"}}one{{end}}');
    set.parse("b", '{{define "x"}}  {{end}}{{template "x"}}');
    expect(set.execute("b", null)).toBe("one");
  });
});
