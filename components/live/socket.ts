/** A WebSocket that comes back by itself. Framework-free; the socket itself is handed in so that tests need no network. */

/** Server says: not yours (4403), or gone (4404). No use in trying again. */
const FINAL_CODES: readonly number[] = [4403, 4404];
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;

export interface SocketLike {
  binaryType: BinaryType;
  readonly readyState: number;
  send(data: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

export interface ReconnectingOptions {
  /** Asked anew for each attempt, because a position may be part of it. */
  readonly url: () => string;
  readonly onMessage: (data: string | ArrayBuffer) => void;
  readonly onState: (state: "open" | "lost" | "gone") => void;
  readonly open?: (url: string) => SocketLike;
  readonly later?: (run: () => void, ms: number) => () => void;
  /**
   * The server is never silent for so long (ms): a connection that is has died without a word, as one does when a
   * laptop slept or the network was changed, and is made anew. Without it only the browser says what is lost.
   */
  readonly silenceMs?: number;
}

const OPEN = 1;

function browserLater(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  // A machine that woke up or came back on line should not sit out the delay.
  const now = () => {
    clearTimeout(timer);
    removeEventListener("online", now);
    run();
  };
  addEventListener("online", now);
  return () => {
    clearTimeout(timer);
    removeEventListener("online", now);
  };
}

export class ReconnectingSocket {
  readonly #options: ReconnectingOptions;
  #socket: SocketLike | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelSilence: (() => void) | undefined;
  #delay = FIRST_DELAY_MS;
  #closed = false;

  constructor(options: ReconnectingOptions) {
    this.#options = options;
    // Whoever mounts and unmounts in one breath has no connection made for it.
    queueMicrotask(() => {
      if (!this.#closed) this.#connect();
    });
  }

  /** False where nothing could be sent because there is no connection at the moment. */
  send(data: string): boolean {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#drop();
  }

  /** Makes the connection anew, if there is one: it is known from elsewhere that nothing comes through. */
  renew(): void {
    if (this.#closed || this.#socket?.readyState !== OPEN) return;
    this.#drop();
    this.#lost();
  }

  #drop(): void {
    this.#cancelSilence?.();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #lost(): void {
    this.#options.onState("lost");
    this.#cancelRetry = (this.#options.later ?? browserLater)(() => {
      this.#cancelRetry = undefined;
      if (!this.#closed) this.#connect();
    }, this.#delay);
    this.#delay = Math.min(this.#delay * 2, LONGEST_DELAY_MS);
  }

  #listen(): void {
    const { silenceMs, later = browserLater } = this.#options;
    this.#cancelSilence?.();
    if (silenceMs !== undefined) this.#cancelSilence = later(() => this.renew(), silenceMs);
  }

  #connect(): void {
    const socket = (this.#options.open ?? ((url) => new WebSocket(url)))(this.#options.url());
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#delay = FIRST_DELAY_MS;
      this.#options.onState("open");
      this.#listen();
    };
    socket.onmessage = (event) => {
      this.#listen();
      this.#options.onMessage(event.data as string | ArrayBuffer);
    };
    socket.onclose = (event) => {
      if (this.#closed || this.#socket !== socket) return;
      this.#cancelSilence?.();
      if (FINAL_CODES.includes(event.code)) {
        this.#closed = true;
        this.#options.onState("gone");
        return;
      }
      this.#lost();
    };
  }
}

/** "/ws/..." on the page's own host. */
export function socketUrl(path: string): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
}
