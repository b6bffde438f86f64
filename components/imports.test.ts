/** The import rules of the house for JSX files, which dependency-cruiser's parser cannot read. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".tsx"))
    .map((name) => join(folder, name));
}

/** What a file imports as code, relative to the root; packages by their name. Imports of types alone are left out. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), "utf8");
  const statements = source.matchAll(
    /^(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"([^"]+)"|import\("([^"]+)"\)/gm,
  );
  return [...statements].map((match) => {
    const target = match[1] ?? match[2] ?? "";
    return target.startsWith(".") ? relative(root, resolve(root, dirname(file), target)) : target;
  });
}

describe("pages and components", () => {
  const components = files("components");

  it("are found", () => {
    expect(components.length).toBeGreaterThan(10);
    expect(importsOf("components/lesson/exercise-card.tsx")).toContain("components/lesson/context.tsx");
  });

  it.each(components)("%s imports no server code", (file) => {
    expect(importsOf(file).filter((target) => /^(lib\/|app\/|server\.ts|node:)/.test(target))).toEqual([]);
  });

  it.each(files("app"))("%s reaches into lib for the course alone", (file) => {
    expect(importsOf(file).filter((target) => /^lib\/(?!course\/)/.test(target))).toEqual([]);
  });
});
