/** The same measures on the peer, @ngrok/webernetes 0.3.5, where it can do the work at all. */
import { BaseImage, Cluster, type ProcessContext } from "@ngrok/webernetes";
import { report, residentMb } from "./measure.ts";

class BenchImage extends BaseImage {
  static readonly imageName = "bench";
  static readonly imageVersion = "1.0";
  readonly defaultCommand = ["server"];
  override async exec(context: ProcessContext, argv: readonly string[]): Promise<number> {
    if (argv[0] !== "server") return super.exec(context, argv);
    return context.waitUntilKilled();
  }
}

async function boot(): Promise<Cluster> {
  const cluster = new Cluster();
  cluster.registerImage(BenchImage);
  await cluster.init();
  return cluster;
}

const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const boots: number[] = [];
for (let run = 0; run < 5; run++) {
  const started = performance.now();
  const cluster = await boot();
  boots.push(performance.now() - started);
  await cluster.close();
}
report("webernetes: init() (its system Pods are not awaited)", middle(boots), "ms");

{
  const before = residentMb();
  const clusters: Cluster[] = [];
  for (let index = 0; index < 50; index++) clusters.push(await boot());
  report("webernetes: memory of an idle cluster (50 in one process)", (residentMb() - before) / 50, "MB");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const cpu = process.cpuUsage();
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const used = process.cpuUsage(cpu);
  report(
    "webernetes: CPU of 50 idle clusters",
    ((used.user + used.system) / 1000 / (performance.now() - started)) * 100,
    "% of a core",
  );
  for (const cluster of clusters) await cluster.close();
}
process.exit(0);
