/** kafka-server-start.sh FILE [--override key=value]... */
import { isErrno, type Process } from "../../machine/index.ts";
import { type KafkaConfig, KafkaConfigError, parseProperties, readConfig } from "./config.ts";
import { KafkaServer } from "./server.ts";
import { logTo } from "./server-log.ts";
import { readMeta, writeMeta } from "./storage.ts";
import { readVersion } from "./version.ts";
import { ZkFatal, ZkKafkaServer } from "./zk-server.ts";

/** A fatal end before the server runs: the exception's class and message, as log4j shows them. */
class Fatal extends Error {
  readonly exception: string;
  constructor(exception: string, message: string) {
    super(message);
    this.exception = exception;
  }
}

export async function serverStart(process: Process): Promise<number> {
  const words = process.argv.slice(1).filter((word) => word !== "-daemon");
  if (process.argv.includes("-daemon")) {
    await process.stderr.write(
      "kafka-server-start.sh: -daemon is not supported here: a container has the server as its process\n",
    );
    return 1;
  }
  const log = logTo(process);
  const [file] = words;
  if (file === undefined) {
    await process.stderr.write(
      "USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*\n",
    );
    return 1;
  }
  const version = readVersion(process);
  try {
    const values = readValues(process, file, words.slice(1));
    const config = readConfig(process, values, version);
    log("INFO", `Kafka version: ${version}`, "org.apache.kafka.common.utils.AppInfoParser");
    log(
      "INFO",
      `Starting ${config.zookeeper === undefined ? `[KafkaRaftServer nodeId=${config.nodeId}]` : `KafkaServer id=${config.nodeId}`}`,
      "kafka.server.Server",
    );
    if (config.zookeeper !== undefined) return await new ZkKafkaServer(process, config, log).run();
    return await new KafkaServer(process, config, kraftClusterId(process, config, version), log).run();
  } catch (error) {
    if (process.signal.aborted) throw error;
    const exception =
      error instanceof KafkaConfigError
        ? error.message.startsWith("requirement failed")
          ? "java.lang.IllegalArgumentException"
          : "org.apache.kafka.common.config.ConfigException"
        : error instanceof Fatal || error instanceof ZkFatal
          ? error.exception
          : isErrno(error)
            ? "java.io.IOException"
            : undefined;
    if (exception === undefined || !(error instanceof Error)) throw error;
    log("ERROR", "Exiting Kafka due to fatal exception", "kafka.Kafka$");
    await log.flush();
    await process.stdout.write(`${exception}: ${error.message}\n`);
    return 1;
  } finally {
    await log.flush();
  }
}

function readValues(process: Process, file: string, rest: readonly string[]): Map<string, string> {
  if (!process.files.exists(file)) throw new Fatal("java.nio.file.NoSuchFileException", file);
  const values = parseProperties(process.files.readText(file));
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? "";
    const pair = word === "--override" ? rest[++at] : /^--override=(.*)$/s.exec(word)?.[1];
    const match = /^([^=]+)=(.*)$/s.exec(pair ?? "");
    if (match?.[1] === undefined)
      throw new Fatal("java.lang.IllegalArgumentException", `Found non argument parameters: ${word}`);
    values.set(match[1], match[2] ?? "");
  }
  return values;
}

/** The id that the log directory was formatted with. */
function kraftClusterId(process: Process, config: KafkaConfig, version: string): string {
  const meta = readMeta(process, config.logDir);
  if (meta === undefined) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major >= 4 || minor >= 7)
      throw new Fatal("java.lang.RuntimeException", "No readable meta.properties files found.");
    throw new Fatal(
      "org.apache.kafka.common.KafkaException",
      `No \`meta.properties\` found in ${config.logDir} (have you run \`kafka-storage.sh\` to format the directory?)`,
    );
  }
  if (meta.nodeId !== config.nodeId) {
    throw new Fatal(
      "java.lang.RuntimeException",
      `Stored node id ${meta.nodeId} doesn't match previous node id ${config.nodeId} in ${config.logDir}/meta.properties. If you moved your data, make sure your configured node id matches. If you intend to create a new node, you should remove all data in your data directories.`,
    );
  }
  if (config.metadataDir !== config.logDir && readMeta(process, config.metadataDir) === undefined)
    writeMeta(process, config.metadataDir, meta);
  return meta.clusterId;
}
