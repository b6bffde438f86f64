/** Plays a screen scenario on a machine of ours. */
import { virtualClock } from "../../../lib/clock/index.ts";
import { loopbackNetwork } from "../../../lib/machine/index.ts";
import { shellPrograms } from "../../../lib/machine/shell/index.ts";
import { testMachine } from "../../../lib/machine/testing.test-helper.ts";
import { toolPrograms } from "../../../lib/machine/tools/index.ts";
import { Emulator, type Picture } from "./emulator.ts";
import type { ScreenScenario } from "./format.ts";

const programs = Object.fromEntries([...toolPrograms, ...shellPrograms].filter(([name]) => !name.includes("/")));

/** A key that ends in an escape is given the time in which more might come. */
const ESCAPE_MS = 600;

export async function playScreens(scenario: ScreenScenario): Promise<readonly Picture[]> {
  const { columns, rows } = scenario;
  const clock = virtualClock();
  const files = Object.fromEntries([...scenario.files].map(([path, content]) => [`root/${path}`, content]));
  const { machine } = testMachine(programs, {
    clock,
    network: loopbackNetwork(),
    files: { "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n", "root/.bashrc": "PS1='$ '\n", ...files },
  });
  const tty = machine.createTty({ columns, rows });
  const emulator = new Emulator(columns, rows, (data) => tty.input(data));
  const output: Uint8Array[] = [];
  tty.onOutput((data) => output.push(data));
  const settle = async (ms: number) => {
    await (ms > 0 ? clock.advance(ms) : clock.settle());
    for (const data of output.splice(0)) await emulator.write(data);
    await clock.settle();
    for (const data of output.splice(0)) await emulator.write(data);
  };
  try {
    if (!machine.files.exists("/root")) machine.files.makeDirectory("/root");
    machine.spawn({
      argv: ["bash", "--norc", "-c", scenario.command],
      tty,
      cwd: "/root",
      env: { PATH: "/usr/bin:/bin", HOME: "/root", TERM: "xterm-256color", LANG: "C.UTF-8", TZ: "UTC" },
    });
    await settle(100);
    const pictures = [emulator.picture(scenario)];
    for (const step of scenario.steps) {
      if (step.kind === "keys") {
        tty.input(step.keys);
        await settle(step.keys.endsWith("\x1b") ? ESCAPE_MS : 5);
      } else if (step.kind === "resize") {
        emulator.resize(step.columns, step.rows);
        tty.resize({ columns: step.columns, rows: step.rows });
        await settle(5);
      } else await settle(step.ms);
      pictures.push(emulator.picture(scenario));
    }
    return pictures;
  } finally {
    machine.shutDown();
    emulator.dispose();
  }
}
