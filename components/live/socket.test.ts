import { describe, expect, it } from "vitest";
import { ReconnectingSocket, type SocketLike } from "./socket.ts";

/** Sockets and timers in the hands of the test. */
async function inTest(silenceMs?: number) {
  const sockets: SocketLike[] = [];
  const timers = new Map<() => void, number>();
  const states: string[] = [];
  const socket = new ReconnectingSocket({
    url: () => "ws://x",
    onMessage: () => undefined,
    onState: (state) => states.push(state),
    ...(silenceMs === undefined ? {} : { silenceMs }),
    open: () => {
      const made: SocketLike = {
        binaryType: "blob",
        readyState: 1,
        send: () => undefined,
        close: () => undefined,
        onopen: null,
        onmessage: null,
        onclose: null,
      };
      sockets.push(made);
      return made;
    },
    later: (run, ms) => {
      timers.set(run, ms);
      return () => void timers.delete(run);
    },
  });
  await Promise.resolve();
  return {
    socket,
    sockets,
    states,
    last: () => sockets.at(-1) as SocketLike,
    waits: () => [...timers.values()],
    /** The one timer that runs. */
    pass: () => {
      const [[run] = [() => undefined]] = [...timers];
      timers.delete(run);
      run();
    },
  };
}

describe("a connection that comes back", () => {
  it("waits longer each time it fails, and begins anew once it is there", async () => {
    const test = await inTest();
    const delays: number[] = [];
    for (let round = 0; round < 3; round++) {
      test.last().onclose?.({ code: 1006 } as CloseEvent);
      delays.push(...test.waits());
      test.pass();
    }
    expect(delays).toEqual([250, 500, 1000]);
    test.last().onopen?.(new Event("open"));
    test.last().onclose?.({ code: 1006 } as CloseEvent);
    expect(test.waits()).toEqual([250]);
  });

  it("is made anew when the server is silent for longer than it ever is", async () => {
    const test = await inTest(12_000);
    test.last().onopen?.(new Event("open"));
    expect(test.waits()).toEqual([12_000]);
    test.last().onmessage?.({ data: "{}" } as MessageEvent);
    expect(test.waits()).toEqual([12_000]);
    test.pass();
    expect(test.states).toEqual(["open", "lost"]);
    test.pass();
    expect(test.sockets).toHaveLength(2);
  });

  it("listens for no silence after it was closed or lost", async () => {
    const test = await inTest(12_000);
    test.last().onopen?.(new Event("open"));
    test.last().onclose?.({ code: 1006 } as CloseEvent);
    expect(test.waits()).toEqual([250]);
    test.socket.close();
    expect(test.waits()).toEqual([]);
  });
});
