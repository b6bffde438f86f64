/**
 * Connections to a terminal that are cut anywhere, also within a frame, while full screens, followed logs and bursts
 * write: the page that connects again shows what it would show had nothing happened. STATECRAFT_RECONNECTS asks for
 * more lives, STATECRAFT_SEED for others.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SocketLike } from "../../components/live/socket.ts";
import { TerminalWire } from "../../components/terminal/store.ts";
import { writeFrame } from "../../lib/protocol/terminal-frame.ts";
import type { Terminal } from "../../lib/sandbox/types.ts";
import { Random } from "../bench/shell-fuzz/random.ts";
import { Emulator } from "../conformance/screens/emulator.ts";
import { type Learner, learner } from "./learner.ts";

const COLUMNS = 80;
const ROWS = 24;
const LIVES = Number(process.env["STATECRAFT_RECONNECTS"] ?? 8);
const FIRST_SEED = Number(process.env["STATECRAFT_SEED"] ?? 1);

/** What a person does: keys, with time between them. What leaves the program again comes last. */
const VISITS: readonly (readonly string[])[] = [
  ["vi notes.txt\r", "ihello 文字 \x1b", "yy30p", "/hel\r", "n", "G", ":%s/l/L/g\r", "\x06", "\x02", "u", ":q!\r"],
  ["seq 3000 | less\r", " ", "G", "/99\r", "n", "g", "-S\r", "\x02", "q"],
  ["nano n.txt\r", "some text\r".repeat(8), "\x0b\x0b", "\x15", "\x17text\r", "\x18", "n"],
  ["kubectl logs -f --tail=50 chatter\r", "", "", "", "", "\x03"],
  ["kubectl logs -f --tail=50 chatter | grep --color=always 1\r", "", "", "\x03"],
  ["seq 1 2000\r", "", ""],
  ["seq 1 9000 | tr '\\n' ' '; echo\r", "", ""],
  ["watch -n 1 kubectl get pods\r", "", "", "\x03"],
  ["printf '\\033[31mred \\xe6\\x96\\x87\\n%.0s' {1..300}; printf '\\033[0m'\r", ""],
  ["clear\r"],
];

/** Connections that the test cuts: bytes are on their way until it lets them arrive. */
class Line {
  readonly #terminal: Terminal;
  readonly #connections: Connection[] = [];
  retry: (() => void) | undefined;
  cuts = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  open = (url: string): SocketLike => {
    const since = Number(/since=(\d+)/.exec(url)?.[1]);
    const connection = new Connection(this.#terminal, since);
    this.#connections.push(connection);
    return connection;
  };

  later = (run: () => void): (() => void) => {
    this.retry = run;
    return () => {
      this.retry = undefined;
    };
  };

  get connection(): Connection {
    return this.#connections.at(-1) as Connection;
  }

  /** The server may hear of it much later: what it sends until then goes nowhere. */
  cut(): void {
    this.cuts++;
    this.connection.cut();
  }

  hangUpOld(): void {
    for (const each of this.#connections.splice(0, this.#connections.length - 1)) each.hangUp();
  }

  reconnect(): void {
    const { retry } = this;
    this.retry = undefined;
    retry?.();
    this.connection.accept();
  }
}

class Connection implements SocketLike {
  binaryType: BinaryType = "blob";
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly #terminal: Terminal;
  readonly #since: number;
  /** Frames on their way, and how many bytes of the first have arrived. */
  readonly #frames: Uint8Array<ArrayBuffer>[] = [];
  #arrived = 0;
  #stop: (() => void) | undefined;

  constructor(terminal: Terminal, since: number) {
    this.#terminal = terminal;
    this.#since = since;
  }

  accept(): void {
    this.#stop = this.#terminal.attach(this.#since, ({ position, data }) => {
      this.#frames.push(writeFrame(position, data));
    });
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }

  send(): void {}

  close(): void {
    this.readyState = 3;
  }

  /** Lets up to so many bytes arrive. */
  pump(bytes: number): void {
    let left = bytes;
    while (this.readyState === 1 && this.#frames[0] !== undefined && left > 0) {
      const frame = this.#frames[0];
      const step = Math.min(left, frame.length - this.#arrived);
      this.#arrived += step;
      left -= step;
      if (this.#arrived < frame.length) return;
      this.#frames.shift();
      this.#arrived = 0;
      this.onmessage?.({ data: frame.buffer } as MessageEvent);
    }
  }

  cut(): void {
    if (this.readyState !== 1) return;
    this.readyState = 3;
    this.onclose?.({ code: 1006 } as CloseEvent);
  }

  hangUp(): void {
    this.#stop?.();
  }
}

describe("a terminal whose connection is cut", () => {
  let me: Learner;
  beforeAll(async () => {
    me = await learner();
    const loop = 'i=0; while :; do echo "line $i $(seq -s " " $((i % 40)))"; i=$((i + 1)); sleep 0.2; done';
    await me.ok(`kubectl run chatter --image busybox --restart=Never -- sh -c '${loop}'`);
    await me.sandbox.advance({ withinMs: 30_000, untilSettled: false });
  });
  afterAll(() => me.close());

  const meet = async () => {
    const terminal = await me.sandbox.openTerminal({ columns: COLUMNS, rows: ROWS });
    const whole: Uint8Array[] = [];
    terminal.attach(0, ({ data }) => whole.push(data));
    const line = new Line(terminal);
    const got: Uint8Array[] = [];
    let losses = 0;
    let gotAtLoss = 0;
    const wire = new TerminalWire("box", terminal.id, {
      onOutput: (data) => got.push(data.slice()),
      onLost: () => {
        losses++;
        gotAtLoss = got.length;
      },
      socket: { open: line.open, later: line.later },
    });
    await Promise.resolve();
    line.connection.accept();
    return { terminal, whole, line, got, wire, losses: () => losses, gotAtLoss: () => gotAtLoss };
  };

  it.each(Array.from({ length: LIVES }, (_, index) => FIRST_SEED + index))(
    "shows all of it once: seed %i",
    async (seed) => {
      const random = new Random(seed * 7919);
      const { terminal, whole, line, got, wire, losses } = await meet();
      const pass = (ms: number) => me.sandbox.advance({ withinMs: ms, untilSettled: false });
      const happen = async () => {
        await pass(random.pick([0, 20, 100, 600]));
        if (line.retry === undefined) line.connection.pump(random.pick([1, 30, 700, 9_000, 1_000_000]));
        if (line.retry !== undefined && random.chance(0.5)) line.reconnect();
        else if (random.chance(0.35)) line.cut();
        if (random.chance(0.2)) line.hangUpOld();
      };
      for (let visit = 0; visit < 4; visit++) {
        for (const keys of random.pick(VISITS)) {
          terminal.input(keys);
          await happen();
          if (random.chance(0.5)) await happen();
        }
        await pass(700);
      }
      while (line.retry !== undefined) line.reconnect();
      await pass(100);
      line.connection.pump(Number.POSITIVE_INFINITY);
      const expected = Buffer.concat(whole);
      const received = Buffer.concat(got);
      expect(line.cuts).toBeGreaterThan(0);
      expect(losses()).toBe(0);
      expect(wire.position).toBe(expected.length);
      expect(received.equals(expected)).toBe(true);
      wire.close();
      await terminal.close();
    },
  );

  it("says what it no longer has, and shows the rest as it was meant", async () => {
    const { terminal, whole, line, got, wire, losses, gotAtLoss } = await meet();
    const pass = (ms: number) => me.sandbox.advance({ withinMs: ms, untilSettled: false });
    await pass(500);
    line.connection.pump(Number.POSITIVE_INFINITY);
    line.cut();
    // On the other screen, and more than is kept.
    terminal.input("seq -f '%070g' 2000 > many; vi many\r");
    await pass(3_000);
    for (let page = 0; page < 200; page++) {
      terminal.input(page % 2 === 0 ? "G" : "gg");
      await pass(5);
    }
    line.reconnect();
    line.connection.pump(Number.POSITIVE_INFINITY);
    expect(losses()).toBe(1);
    const expected = Buffer.concat(whole);
    expect(wire.position).toBe(expected.length);
    // Behind what restores the modes there is the end of the output, no byte of it changed.
    const rest = Buffer.concat(got.slice(gotAtLoss()));
    const body = rest.subarray(rest.lastIndexOf(0x18) + 40);
    expect(body.length).toBeGreaterThan(200_000);
    expect(body.equals(expected.subarray(expected.length - body.length))).toBe(true);
    const pictureOf = async (pieces: readonly Uint8Array[]) => {
      const emulator = new Emulator(COLUMNS, ROWS);
      for (const piece of pieces) await emulator.write(piece);
      const picture = emulator.picture({ masks: [], varying: [] });
      emulator.dispose();
      return picture;
    };
    expect(await pictureOf(got)).toEqual(await pictureOf(whole));
    terminal.input(":q!\r");
    terminal.input("echo back\r");
    await pass(2_000);
    line.connection.pump(Number.POSITIVE_INFINITY);
    const after = (await pictureOf(got)).rows.join("\n");
    expect(after).toContain("back");
    expect(after).not.toContain("00000");
    wire.close();
    await terminal.close();
  });
});
