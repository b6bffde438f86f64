/** What procps-ng's tools have in common: a wrong command line shows the whole usage. */
import { loadAverage } from "../../filesystem/proc.ts";
import { formatDate } from "../../strftime.ts";
import type { Process } from "../../types.ts";
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

export const many = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;

/** The time, how long the machine is up, who is there and how much it has to do: uptime's line, and the first of w. */
export function uptimeLine({ clock, files, machine }: Process): string {
  const seconds = Number(files.readText("/proc/uptime").split(" ")[0]);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  const up = `${days > 0 ? `${many(days, "day")}, ` : ""}${hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, "0")}` : `${minutes} min`}`;
  const load = loadAverage(machine).replaceAll(" ", ", ");
  return ` ${formatDate(clock.now(), "%H:%M:%S")} up ${up},  1 user,  load average: ${load}`;
}
