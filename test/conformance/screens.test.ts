/** Full screens and the line editor, against the screens of the real programs, step by step (test/conformance/README.md). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { applyChange, type Change, type Picture } from "./screens/emulator.ts";
import { parseScreens } from "./screens/format.ts";
import { playScreens } from "./screens/play.ts";

const folder = fileURLToPath(new URL("./screens/", import.meta.url));

/** A picture as lines that show all of it. */
function shown(picture: Picture): string {
  return [...picture.rows.map((row) => `|${row}`), `cursor ${picture.cursor}`, `marks ${picture.marks}`].join("\n");
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
  const group = file.replace(/\.txt$/, "");
  const recorded: Readonly<Record<string, readonly Change[]>> = JSON.parse(
    readFileSync(join(folder, "recorded", `${group}.json`), "utf8"),
  );
  describe(`screens of ${group}`, () => {
    it.each(parseScreens(readFileSync(join(folder, file), "utf8")).map((each) => [each.name, each] as const))(
      "%s",
      async (name, scenario) => {
        const changes = recorded[name];
        if (changes?.length !== scenario.steps.length + 1)
          throw new Error("record it: node scripts/record-screens.mjs");
        const pictures = await playScreens(scenario);
        let real: Picture | undefined;
        for (const [index, change] of changes.entries()) {
          real = applyChange(real, change);
          const played = scenario.steps[index - 1];
          if (played?.kind === "keys" && played.free === true) continue;
          const step = scenario.steps[index - 1]?.text ?? scenario.command;
          expect(shown(pictures[index] as Picture), `step ${index}: ${step}`).toBe(shown(real));
        }
      },
    );
  });
}
