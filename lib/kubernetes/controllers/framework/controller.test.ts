import { describe, expect, it } from "vitest";
import { virtualClock } from "../../../clock/index.ts";
import { configMaps } from "../../api/resources.ts";
import { StatusError } from "../../machinery/status.ts";
import { Store } from "../../store/store.ts";
import { RunningController, watch } from "./controller.ts";
import { keyOf } from "./lister.ts";
import { Workers } from "./workers.ts";

const map = (name: string) => ({ metadata: { name, namespace: "default" } });
const context = { time: 0, actor: "test" };

function run(sync: (key: string) => void) {
  const clock = virtualClock({ now: 0 });
  const store = new Store();
  const bugs: string[] = [];
  const controller = new RunningController(
    "test",
    { watches: [watch(configMaps, ({ object }, queue) => queue.add(keyOf(object)))], sync },
    { clock, store, workers: new Workers(clock), onBug: (where, error) => bugs.push(`${where}: ${error}`) },
  );
  return { clock, store, bugs, controller };
}

describe("a running controller", () => {
  it("looks at what is there when it starts, and at every change afterwards", async () => {
    const seen: string[] = [];
    const { clock, store, controller } = run((key) => seen.push(key));
    store.put("configmaps", map("before"), context);
    controller.start();
    store.put("configmaps", map("after"), context);
    await clock.settle();
    expect(seen).toEqual(["default/before", "default/after"]);
  });

  it("tells about an exception and tries again later, while other keys go on", async () => {
    const seen: string[] = [];
    const { clock, store, controller, bugs } = run((key) => {
      seen.push(key);
      if (key === "default/bad" && seen.length < 4) throw new TypeError("oops");
    });
    controller.start();
    for (const name of ["bad", "good"]) store.put("configmaps", map(name), context);
    await clock.advance(1000);
    expect(seen).toEqual(["default/bad", "default/good", "default/bad", "default/bad"]);
    expect(bugs).toEqual(["test: sync default/bad: TypeError: oops", "test: sync default/bad: TypeError: oops"]);
  });

  it("takes a refusal by the API server as an ordinary outcome", async () => {
    let refusals = 2;
    const { clock, store, controller, bugs } = run(() => {
      if (refusals-- > 0) throw new StatusError(403, "Forbidden", "exceeded quota");
    });
    controller.start();
    store.put("configmaps", map("a"), context);
    await clock.settle();
    expect([...controller.refusals()]).toEqual([["default/a", "exceeded quota"]]);
    await clock.advance(1000);
    expect([...controller.refusals(), ...bugs]).toEqual([]);
  });
});
