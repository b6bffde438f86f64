import type { ImageSource, ProgramTable } from "../machine/index.ts";
import { agnhostFamily } from "./agnhost/index.ts";
import { akkaFamily } from "./akka/index.ts";
import { baseFamily } from "./base/index.ts";
import { type BaseRoots, baseRoots } from "./base/roots.ts";
import { cassandraFamily } from "./cassandra/index.ts";
import { demoFamily } from "./demos/index.ts";
import { etcdFamily } from "./etcd/index.ts";
import { kafkaFamily } from "./kafka/index.ts";
import { imageSource } from "./kit/source.ts";
import { mongoFamily } from "./mongo/index.ts";
import { mysqlFamily } from "./mysql/index.ts";
import { nginxFamily } from "./nginx/index.ts";
import { nodeFamily } from "./node/index.ts";
import { postgresFamily } from "./postgres/index.ts";
import { redisFamily } from "./redis/index.ts";
import { systemFamily } from "./system/index.ts";
import { tutorialFamily } from "./tutorials/index.ts";
import type { ImageFamily } from "./types.ts";
import { zookeeperFamily } from "./zookeeper/index.ts";

export type * from "./types.ts";

/** One line an image family. */
const FAMILIES: readonly ((roots: BaseRoots) => ImageFamily)[] = [
  baseFamily,
  nginxFamily,
  demoFamily,
  nodeFamily,
  agnhostFamily,
  redisFamily,
  mysqlFamily,
  zookeeperFamily,
  cassandraFamily,
  mongoFamily,
  postgresFamily,
  etcdFamily,
  kafkaFamily,
  akkaFamily,
  tutorialFamily,
  systemFamily,
];

/**
 * Every image this project knows, on top of `tools`: shell and commands by the names that executables carry.
 * Stateless: any number of clusters share one.
 */
export function createImages(tools: ProgramTable): ImageSource {
  const roots = baseRoots(tools);
  return imageSource(
    FAMILIES.map((family) => family(roots)),
    tools,
  );
}
