import { directory, isErrno, merged, type Process, program } from "../../machine/index.ts";
import type { BaseRoots } from "../base/roots.ts";
import { StreamReader } from "../kit/reader.ts";
import type { ImageFamily } from "../types.ts";
import { NodeRuntime } from "./runtime.ts";
import { resolvePath } from "./script.ts";

const VERSION_FILE = "/usr/local/share/node/version";
const VERSIONS: Readonly<Record<string, string>> = {
  latest: "24.9.0",
  lts: "22.20.0",
  "24": "24.9.0",
  "22": "22.20.0",
  "20": "20.19.5",
  "18": "18.20.8",
  "16": "16.20.2",
  "8": "8.17.0",
};
const VARIANT = /-(alpine|slim|bookworm|bookworm-slim)$/;

/** node [-e CODE | FILE] [ARGUMENT]... */
async function node(process: Process): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  const [first, ...rest] = process.argv.slice(1);
  if (first === "-v" || first === "--version") {
    await process.stdout.write(`v${version}\n`);
    return 0;
  }
  const runtime = new NodeRuntime(process, version);
  if (first === "-e" || first === "--eval") return runtime.main(rest[0] ?? "", `${process.cwd}/[eval]`, rest.slice(1));
  if (first === undefined || first === "-") {
    if (process.isTerminal(0)) {
      await process.stderr.write("node: the interactive prompt is not supported here; run a file, or -e CODE\n");
      return 9;
    }
    const source = new TextDecoder().decode(await new StreamReader(process.stdin).rest());
    return runtime.main(source, `${process.cwd}/[stdin]`, rest);
  }
  if (first.startsWith("-")) {
    await process.stderr.write(`node: bad option: ${first}\n`);
    return 9;
  }
  const path = resolvePath(process.cwd, first);
  for (const file of [path, `${path}.js`, `${path}/index.js`]) {
    try {
      return await runtime.main(process.files.readText(file), file, [file, ...rest]);
    } catch (problem) {
      if (!isErrno(problem) || process.signal.aborted) throw problem;
    }
  }
  await process.stderr.write(
    `node:internal/modules/cjs/loader:1228\n  throw err;\n  ^\n\nError: Cannot find module '${path}'\n    code: 'MODULE_NOT_FOUND',\n    requireStack: []\n\nNode.js v${version}\n`,
  );
  return 1;
}

/** The server of Kubernetes' first tutorial. */
const HELLO = `var http = require('http');
var server = http.createServer(function (request, response) {
  console.log('Received request for URL: ' + request.url);
  response.writeHead(200);
  response.end('Hello Kubernetes!');
});
server.listen(8080);
`;

export function nodeFamily(roots: BaseRoots): ImageFamily {
  const binaries = (version: string) => ({
    "usr/local/bin/node": program("node/node"),
    [VERSION_FILE.slice(1)]: `${version}\n`,
  });
  return {
    repositories: [
      {
        name: "docker.io/library/node",
        tags: [...Object.keys(VERSIONS), "22-alpine", "20-alpine", "22-slim"],
        image(tag) {
          const variant = VARIANT.exec(tag)?.[1] ?? (tag === "alpine" || tag === "slim" ? tag : undefined);
          const version = VERSIONS[tag === variant ? "latest" : tag.replace(VARIANT, "")];
          if (version === undefined) return undefined;
          return {
            root: merged(variant === "alpine" ? roots.alpine : roots.debian, directory(binaries(version))),
            sizeBytes: variant === "alpine" ? 52_000_000 : variant === undefined ? 400_000_000 : 75_000_000,
            command: ["node"],
            env: { NODE_VERSION: version },
          };
        },
      },
      {
        name: "gcr.io/google-samples/node-hello",
        tags: ["1.0"],
        image: (tag) =>
          tag !== "1.0"
            ? undefined
            : {
                root: merged(roots.debian, directory({ ...binaries("8.17.0"), "server.js": HELLO })),
                sizeBytes: 264_000_000,
                command: ["/bin/sh", "-c", "node server.js"],
                exposedPorts: [8080],
              },
      },
    ],
    programs: { "node/node": node },
  };
}
