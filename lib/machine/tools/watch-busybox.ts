/** watch of BusyBox (procps/watch.c): it clears the screen, says what it runs and when, and runs it. */
import { formatDate } from "../strftime.ts";
import { tool } from "./support/tool.ts";

const CLEAR = "\x1b[H\x1b[J";
const COLUMNS = 80;

export const busyboxWatch = tool(
  {
    name: "watch",
    usage: "[-n SEC] [-t] PROG ARGS",
    stopAtOperand: true,
    options: {
      differences: { short: "d" },
      interval: { short: "n", value: true },
      noTitle: { short: "t" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const given = tool.value("interval") ?? "2";
    if (!/^\d+(\.\d+)?$/.test(given)) return tool.die(`invalid number '${given}'`);
    const seconds = Math.max(0.1, Number(given));
    const command = tool.operands.join(" ");
    for (;;) {
      const columns = (process.tty?.size.columns ?? COLUMNS) - 1;
      const time = formatDate(process.clock.now(), "%Y-%m-%d %H:%M:%S");
      const title = `Every ${seconds.toFixed(1)}s: ${command}`.slice(0, Math.max(0, columns - time.length - 1));
      const head = tool.has("noTitle") ? "" : `${title.padEnd(Math.max(0, columns - time.length))}${time}\n\n`;
      await process.stdout.write(`${CLEAR}${head}`);
      await process.spawn({ argv: ["sh", "-c", command] }).exited;
      await process.sleep(seconds * 1000);
    }
  },
);
