/** Our PostgreSQL's roles and privileges beside what a real one did (access.txt, made by scripts/record-psql.mjs). */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { pods } from "../../../lib/kubernetes/api/resources.ts";
import { bootCluster, closeClusters } from "../../integration/cluster-harness.ts";

afterEach(closeClusters);

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

describe("roles and privileges", () => {
  it("are what PostgreSQL 15 makes of them, to the letter", async () => {
    const running = await bootCluster();
    running.cluster.client.create(pods, {
      metadata: { name: "pg", namespace: "default" },
      spec: {
        containers: [{ name: "pg", image: "postgres:15", env: [{ name: "POSTGRES_PASSWORD", value: "s3" }] }],
      },
    } as never);
    await running.until(() => running.cluster.client.get(pods, "default", "pg").status?.phase === "Running");
    await running.clock.advance(5_000);
    const { stdout } = await running.exec("pg", `psql -U postgres -X -a -f - 2>&1 <<'END'\n${read("access.sql")}END`);
    expect(stdout).toBe(read("access.txt"));
    expect(running.bugs).toEqual([]);
  });
});
