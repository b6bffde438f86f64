import type { ClusterOptions, Latencies } from "../cluster.types.ts";

/** What a good real cluster takes. */
const REALISTIC: Latencies = {
  sync: 150,
  containerStart: 600,
  pullBytesPerMs: 20_000,
  volumeProvision: 900,
  volumeAttach: 1200,
  loadBalancer: 3000,
  containerStop: 250,
};

const NONE: Latencies = {
  sync: 0,
  containerStart: 0,
  pullBytesPerMs: Number.POSITIVE_INFINITY,
  volumeProvision: 0,
  volumeAttach: 0,
  loadBalancer: 0,
  containerStop: 0,
};

export function latenciesOf(option: ClusterOptions["latencies"]): Latencies {
  if (option === "none") return NONE;
  if (option === undefined || option === "realistic") return REALISTIC;
  return { ...REALISTIC, ...option };
}
