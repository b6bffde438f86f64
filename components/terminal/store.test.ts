import { describe, expect, it } from "vitest";
import { readFrame, writeFrame } from "../../lib/protocol/terminal-frame.ts";
import { ApiError } from "../live/api.ts";
import type { SocketLike } from "../live/socket.ts";
import { newPart, Terminals, TerminalWire } from "./store.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const words = (data: Uint8Array) => new TextDecoder().decode(data);

const frame = (position: number, text: string): ArrayBuffer => writeFrame(position, bytes(text)).buffer;

/** A wire whose sockets are opened and fed by the test. */
async function wireInTest() {
  const sockets: (SocketLike & { url: string; sent: string[] })[] = [];
  let retry: (() => void) | undefined;
  let output = "";
  let losses = 0;
  const wire = new TerminalWire("box", "one", {
    onOutput: (data) => {
      output += words(data);
    },
    onLost: () => {
      losses++;
    },
    socket: {
      open: (url) => {
        const sent: string[] = [];
        const socket = {
          url,
          sent,
          binaryType: "blob" as BinaryType,
          readyState: 1,
          send: (data: string) => sent.push(data),
          close: () => {},
          onopen: null,
          onmessage: null,
          onclose: null,
        };
        sockets.push(socket);
        return socket;
      },
      later: (run) => {
        retry = run;
        return () => {
          retry = undefined;
        };
      },
    },
  });
  await Promise.resolve();
  const last = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket");
    return socket;
  };
  return {
    wire,
    last,
    connect: () => last().onopen?.(new Event("open")),
    receive: (position: number, text: string) =>
      last().onmessage?.({ data: frame(position, text) } as unknown as MessageEvent),
    drop: (code = 1006) => last().onclose?.({ code } as CloseEvent),
    retry: () => retry?.(),
    output: () => output,
    losses: () => losses,
  };
}

describe("frames of a terminal", () => {
  it("carry the position of their first byte in front", () => {
    const { position, data } = readFrame(frame(70_000, "hi"));
    expect(position).toBe(70_000);
    expect(words(data)).toBe("hi");
  });

  it.each([
    [0, "abc", 0, "abc", false],
    [0, "abc", 2, "c", false],
    [0, "abc", 3, "", false],
    [0, "abc", 9, "", false],
    [5, "abc", 3, "abc", true],
  ])("at %i with %s, for someone who has %i bytes: %s is new", (position, text, expected, fresh, lost) => {
    const part = newPart({ position, data: bytes(text) }, expected);
    expect(words(part.data)).toBe(fresh);
    expect(part.lost).toBe(lost);
  });
});

describe("the wire to a terminal", () => {
  it("goes on after a lost connection without losing or doubling a byte", async () => {
    const test = await wireInTest();
    test.connect();
    test.receive(0, "$ kubectl ");
    test.drop();
    test.retry();
    expect(test.last().url).toContain("since=10");
    test.connect();
    // The server begins a little earlier than asked: what is known already is left out.
    test.receive(8, "l get pods\n");
    expect(test.output()).toBe("$ kubectl get pods\n");
    expect(test.losses()).toBe(0);
  });

  it("says when output between was dropped", async () => {
    const test = await wireInTest();
    test.connect();
    test.receive(0, "abc");
    test.drop();
    test.retry();
    test.receive(500, "xyz");
    expect(test.losses()).toBe(1);
    expect(test.output()).toBe("abcxyz");
  });

  it("keeps what is typed while the connection is away", async () => {
    const test = await wireInTest();
    test.connect();
    test.drop();
    (test.last() as { readyState: number }).readyState = 3;
    test.wire.input("ls\r");
    test.retry();
    test.connect();
    expect(test.last().sent.map((text) => JSON.parse(text))).toContainEqual({ type: "input", data: "ls\r" });
  });

  it("is made anew, where it was, when nothing comes through any more", async () => {
    const test = await wireInTest();
    test.connect();
    test.receive(0, "$ ");
    const dead = test.last();
    test.wire.renew();
    expect(test.wire.state.get()).toBe("lost");
    expect(dead.onmessage).toBeNull();
    test.retry();
    expect(test.last()).not.toBe(dead);
    expect(test.last().url).toContain("since=2");
  });

  it("does not come back to a terminal that is gone", async () => {
    const test = await wireInTest();
    test.connect();
    const socket = test.last();
    test.drop(4404);
    test.retry();
    expect(test.last()).toBe(socket);
    expect(test.wire.state.get()).toBe("gone");
  });
});

describe("the tabs of a sandbox", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
  };
  const api = () => {
    let opened = 0;
    const typed: string[] = [];
    return {
      typed,
      terminals: async () => ["t2", "t7"],
      openTerminal: async () => ({ terminalId: `t${++opened}` }),
      closeTerminal: async () => ({}),
      type: async (terminal: string, command: string) => {
        typed.push(`${terminal}: ${command}`);
        return {};
      },
    };
  };

  it("open one terminal for two who want it at the same time", async () => {
    const terminals = new Terminals("box", api(), storage());
    expect(await Promise.all([terminals.ensure(), terminals.ensure()])).toEqual(["t1", "t1"]);
    expect(terminals.get().tabs).toHaveLength(1);
  });

  it("are there again after a reload", async () => {
    const place = storage();
    const first = new Terminals("box", api(), place);
    await first.open();
    await first.open();
    const again = new Terminals("box", api(), place);
    expect(again.get().tabs).toEqual([
      { id: "t1", number: 1 },
      { id: "t2", number: 2 },
    ]);
    expect(new Terminals("other", api(), place).get().tabs).toEqual([]);
  });

  it("keep a terminal that was opened while the sandbox was asked what it has", async () => {
    const calls = api();
    let answer: (ids: string[]) => void = () => undefined;
    calls.terminals = () => new Promise((resolve) => (answer = resolve));
    const terminals = new Terminals("box", calls, storage());
    const meeting = terminals.meet();
    const opening = terminals.ensure();
    await Promise.resolve();
    answer([]);
    await Promise.all([meeting, opening]);
    expect(terminals.get()).toMatchObject({ active: "t1", tabs: [{ id: "t1" }] });
  });

  it("say in words why one could not be opened, until one can", async () => {
    const calls = api();
    const terminals = new Terminals("box", calls, storage());
    const open = calls.openTerminal;
    calls.openTerminal = async () => {
      throw new ApiError(503, "quarantined", "this sandbox is kept out until noon");
    };
    await expect(terminals.open()).rejects.toThrow();
    expect(terminals.get().problem).toEqual({
      kind: "refused",
      code: "quarantined",
      message: "this sandbox is kept out until noon",
    });
    calls.openTerminal = async () => {
      throw new ApiError(0, "unreachable", "Failed to fetch");
    };
    await expect(terminals.open()).rejects.toThrow();
    expect(terminals.get().problem).toEqual({ kind: "unreachable" });
    calls.openTerminal = open;
    await terminals.open();
    expect(terminals.get()).toMatchObject({ problem: undefined, active: "t1" });
  });

  it("agree with what the sandbox has", async () => {
    const terminals = new Terminals("box", api(), storage());
    await terminals.open();
    await terminals.open();
    await terminals.meet();
    expect(terminals.get().tabs).toEqual([
      { id: "t2", number: 2 },
      { id: "t7", number: 3 },
    ]);
    expect(terminals.get().active).toBe("t2");
  });

  it("type into the one in front", async () => {
    const calls = api();
    const terminals = new Terminals("box", calls, storage());
    await terminals.open();
    await terminals.open();
    terminals.select("t1");
    await terminals.type("kubectl get pods");
    expect(calls.typed).toEqual(["t1: kubectl get pods"]);
  });
});
