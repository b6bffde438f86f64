/** meta.properties: which cluster and which node a log directory belongs to. */
import { isErrno, type Process } from "../../machine/index.ts";
import { parseProperties } from "./config.ts";

interface MetaProperties {
  /** 0: of ZooKeeper mode, 1: of KRaft. */
  readonly version: number;
  readonly clusterId: string;
  readonly nodeId: number;
}

export function readMeta(process: Process, dir: string): MetaProperties | undefined {
  let text: string;
  try {
    text = process.files.readText(`${dir}/meta.properties`);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
  const values = parseProperties(text);
  return {
    version: Number(values.get("version") ?? 0),
    clusterId: values.get("cluster.id") ?? "",
    nodeId: Number(values.get("node.id") ?? values.get("broker.id") ?? -1),
  };
}

export function writeMeta(process: Process, dir: string, meta: MetaProperties): void {
  process.files.makeDirectory(dir, { recursive: true });
  const id = meta.version === 0 ? "broker.id" : "node.id";
  const date = new Date(process.clock.now()).toUTCString();
  const directory = meta.version === 0 ? "" : `directory.id=${randomUuid(process)}\n`;
  process.files.writeFile(
    `${dir}/meta.properties`,
    `#\n#${date}\n${id}=${meta.nodeId}\n${directory}version=${meta.version}\ncluster.id=${meta.clusterId}\n`,
  );
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** 16 bytes in URL-safe base64 without padding, as Kafka writes its ids. */
export function randomUuid(process: Process): string {
  let text = "";
  for (let at = 0; at < 21; at++) text += ALPHABET[Math.floor(process.clock.random() * 64)];
  // A name that begins with a dash would be taken for an option.
  return `${text.replace(/^-/, "A")}${"AQgw"[Math.floor(process.clock.random() * 4)]}`;
}
