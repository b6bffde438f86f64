/** Package managers of the images: a cluster of ours reaches no package server, and they say so. */
import type { Program, ProgramTable } from "../../machine/index.ts";

/** By the path they stand at, with what they end with when nothing can be fetched. */
const MANAGERS = {
  debian: { "usr/bin/apt": 100, "usr/bin/apt-get": 100 },
  alpine: { "bin/apk": 1 },
  oracle: { "usr/bin/microdnf": 1, "usr/bin/yum": 1 },
} as const;

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
const programOf = (path: string) => `base/${nameOf(path)}`;

const refusal =
  (name: string, status: number): Program =>
  async (process) => {
    await process.stderr.write(
      `${name}: not available here: packages come from the internet, which this cluster does not reach.\n` +
        "Take an image that has the tool: busybox, curlimages/curl or nicolaka/netshoot, with kubectl debug or kubectl run.\n",
    );
    return status;
  };

/** Program names by path, for the root of a distribution. */
export const packageManagers = (distribution: keyof typeof MANAGERS): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(MANAGERS[distribution]).map((path) => [path, programOf(path)]));

export const packageManagerPrograms: ProgramTable = new Map(
  Object.values(MANAGERS)
    .flatMap((managers) => Object.entries(managers))
    .map(([path, status]): [string, Program] => [programOf(path), refusal(nameOf(path), status)]),
);
