/** kafka-storage.sh: random-uuid, format, info. Works on files alone. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { parseProperties } from "../config.ts";
import { randomUuid, readMeta, writeMeta } from "../storage.ts";
import { atLeast, readVersion } from "../version.ts";
import { parseOptions, UsageError } from "./options.ts";

const LONG: Readonly<Record<string, string>> = {
  "-c": "--config",
  "-t": "--cluster-id",
  "-g": "--ignore-formatted",
  "-s": "--standalone",
};

/** The metadata version that a release formats with. */
function metadataVersion(version: string): string {
  const [major = "4", minor = "0"] = version.split(".");
  return `${major}.${minor}-IV${atLeast(version, 3, 3) ? (minor === "9" || minor === "3" ? "0" : "3") : "1"}`;
}

export async function kafkaStorage(process: Process): Promise<number> {
  const [command, ...rest] = process.argv.slice(1);
  const version = readVersion(process);
  if (command === "random-uuid") {
    await process.stdout.write(`${randomUuid(process)}\n`);
    return 0;
  }
  try {
    if (command !== "format" && command !== "info")
      throw new UsageError(
        "usage: kafka-storage [-h] {info,format,version-mapping,feature-dependencies,random-uuid} ...",
      );
    const options = parseOptions(
      rest.map((word) => LONG[word] ?? word),
      {
        config: "value",
        "cluster-id": "value",
        "ignore-formatted": "flag",
        standalone: "flag",
        "no-initial-controllers": "flag",
        "initial-controllers": "value",
        "release-version": "value",
        feature: "value",
      },
    );
    const path = options.require("config");
    if (options.has("standalone") || options.has("initial-controllers"))
      throw new UsageError(
        "a quorum that changes its voters (--standalone, --initial-controllers) is not supported here: name them in controller.quorum.voters",
      );
    const values = parseProperties(process.files.readText(path));
    const dir = (values.get("log.dirs") ?? values.get("log.dir") ?? "/tmp/kafka-logs").split(",")[0] ?? "";
    const found = readMeta(process, dir);
    if (command === "info") {
      await process.stdout.write(
        found === undefined
          ? `Found log directory:\n  ${dir}\n\nFound problem:\n  ${dir} is not formatted.\n\n`
          : `Found log directory:\n  ${dir}\n\nFound metadata: {cluster.id=${found.clusterId}, node.id=${found.nodeId}, version=${found.version}}\n\n`,
      );
      return found === undefined ? 1 : 0;
    }
    const clusterId = options.require("cluster-id");
    if (!/^[\w-]{22}$/.test(clusterId)) {
      throw new UsageError(
        `Cluster ID string ${clusterId} does not appear to be a valid UUID: Input string \`${clusterId}\` decoded as ${Math.floor((clusterId.length * 3) / 4)} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID`,
      );
    }
    const nodeId = Number(values.get("node.id") ?? Number.NaN);
    if (Number.isNaN(nodeId))
      throw new UsageError('Missing required configuration "node.id" which has no default value.');
    if (found !== undefined) {
      if (options.has("ignore-formatted")) {
        await process.stdout.write("All of the log directories are already formatted.\n");
        return 0;
      }
      throw new UsageError(
        `Log directory ${dir} is already formatted. Use --ignore-formatted to ignore this directory and format the others.`,
      );
    }
    const release = options.get("release-version") ?? metadataVersion(version);
    writeMeta(process, dir, { version: 1, clusterId, nodeId });
    await process.stdout.write(
      `Formatting ${atLeast(version, 3, 7) ? "metadata directory " : ""}${dir} with metadata.version ${release}.\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError) && !isErrno(error)) throw error;
    await process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
