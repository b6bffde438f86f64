/** Reads the scenarios of a folder. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseScenario, type Scenario } from "./format.ts";

interface NamedScenario {
  /** area/topic/name */
  readonly title: string;
  readonly scenario: Scenario;
}

export function loadScenarios(folder: string): NamedScenario[] {
  const found: NamedScenario[] = [];
  const titles = new Set<string>();
  for (const area of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!area.isDirectory()) throw new Error(`${area.name}: scenarios are in a folder by area`);
    for (const file of readdirSync(join(folder, area.name)).sort()) {
      const where = `${area.name}/${file}`;
      if (!file.endsWith(".yaml")) throw new Error(`${where}: only .yaml files hold scenarios`);
      const values = parse(readFileSync(join(folder, area.name, file), "utf8")) as unknown;
      if (!Array.isArray(values)) throw new Error(`${where}: a list of scenarios is expected`);
      for (const value of values) {
        const scenario = parseScenario(value, where);
        const title = `${area.name}/${file.slice(0, -".yaml".length)}/${scenario.name}`;
        if (titles.has(title)) throw new Error(`${title}: there are two of this name`);
        titles.add(title);
        found.push({ title, scenario });
      }
    }
  }
  return found;
}
