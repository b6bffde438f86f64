/** Walks a tutorial's commands on a learner's sandbox. */
import type { Learner } from "./learner.ts";

interface Walker {
  /** Runs a command, expects exit code 0, gives stdout. */
  ok(command: string): Promise<string>;
  /**
   * What a watch in a second terminal shows while `act` goes on: "NAME READY STATUS" of each line, without lines that
   * repeat what is known of that Pod.
   */
  watching(command: string, act: () => Promise<void>): Promise<string[]>;
}

let count = 0;

export function walker(me: () => Learner): Walker {
  const ok = (command: string) => me().ok(command);
  return {
    ok,
    async watching(command, act) {
      const file = `/tmp/watch-${++count}`;
      await ok(`${command} > ${file} 2>&1 & echo $! > ${file}.pid`);
      await me().settle();
      await act();
      await ok(`kill $(cat ${file}.pid)`);
      const last = new Map<string, string>();
      const lines: string[] = [];
      for (const [name = "", ready = "", status = ""] of table(await ok(`cat ${file}`))) {
        const line = `${name} ${ready} ${status}`;
        if (last.get(name) === line) continue;
        last.set(name, line);
        lines.push(line);
      }
      return lines;
    },
  };
}

/** Rows of a table of kubectl, without headings and without the age, by cells. */
export function table(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !/^(NAME|No resources found)\b/.test(line))
    .map((line) => line.split(/\s{2,}/).slice(0, -1));
}
