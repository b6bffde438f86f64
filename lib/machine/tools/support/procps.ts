/** What procps-ng's tools have in common: a wrong command line shows the whole usage. */
import type { OptionTable } from "./options.ts";

/** The usage between empty lines, as these tools show it after a complaint. */
export function procpsUsage(name: string, usage: string, options: OptionTable): string {
  const rows = Object.values(options).map(({ short, long, value, help }) => {
    const names = [short === undefined ? "   " : `-${short}`, long === undefined ? undefined : `--${long}`];
    const left = ` ${names.filter((text) => text !== undefined).join(", ")}${value ? " <arg>" : ""}`;
    return `${left.padEnd(26)} ${help ?? ""}`.trimEnd();
  });
  return `\nUsage:\n ${name} ${usage}\n\nOptions:\n${rows.join("\n")}\n\nFor more details see ${name}(1).`;
}
