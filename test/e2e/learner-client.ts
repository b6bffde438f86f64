/** A learner's page without a browser: the routes and sockets of lib/protocol. */
import { WebSocket } from "ws";
import type { LiveMessage } from "../../lib/protocol/types.ts";

export class LearnerClient {
  readonly #url: string;
  cookie: string;

  constructor(url: string, cookie = "") {
    this.#url = url;
    this.cookie = cookie;
  }

  async call<Answer>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: Answer }> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { cookie: this.cookie, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(";")[0] ?? "";
    return { status: response.status, body: (await response.json()) as Answer };
  }

  async openLesson(course: string, lesson: string): Promise<string> {
    const { status, body } = await this.call<{ sandboxId: string }>(
      "POST",
      `/api/lessons/${course}/${lesson}/sandbox`,
      {},
    );
    if (status !== 200) throw new Error(`opening ${course}/${lesson}: ${status} ${JSON.stringify(body)}`);
    return body.sandboxId;
  }

  /**
   * A WebSocket with the learner's cookie, paused: what arrives with the upgrade itself waits until the caller listens
   * and resumes it. Rejects with the HTTP status where the upgrade is refused.
   */
  connect(path: string): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${this.#url.replace("http", "ws")}${path}`, { headers: { cookie: this.cookie } });
      socket.once("open", () => {
        socket.pause();
        resolve(socket);
      });
      socket.once("unexpected-response", (_, response) => reject(new Error(`refused with ${response.statusCode}`)));
      socket.once("error", reject);
    });
  }

  /** Types a command into a terminal and waits until `expected` appears on the screen. */
  async type(sandbox: string, terminal: string, command: string, expected: RegExp, limitMs = 20_000): Promise<string> {
    const socket = await this.connect(`/ws/terminal/${sandbox}/${terminal}?since=0`);
    let screen = "";
    try {
      return await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`"${expected}" did not appear after "${command}":\n${screen}`)),
          limitMs,
        );
        let typed = false;
        socket.on("message", (frame: Buffer, isBinary) => {
          if (!isBinary) return;
          screen += frame.subarray(8).toString("utf8");
          if (typed && expected.test(screen)) {
            clearTimeout(timer);
            resolve(screen);
          }
        });
        socket.resume();
        // What is there already arrives first; only then is the command typed.
        setTimeout(() => {
          typed = true;
          screen = "";
          socket.send(JSON.stringify({ type: "input", data: `${command}\r` }));
        }, 300);
      });
    } finally {
      socket.close();
    }
  }

  /** Follows the live view until a message satisfies `wanted`. */
  async live(sandbox: string, wanted: (message: LiveMessage) => boolean, limitMs = 30_000): Promise<LiveMessage> {
    const messages: LiveMessage[] = [];
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such message among ${messages.length}`)), limitMs);
      this.connect(`/ws/live/${sandbox}`).then((socket) => {
        socket.on("message", (text: Buffer) => {
          const message = JSON.parse(text.toString()) as LiveMessage;
          messages.push(message);
          if (!wanted(message)) return;
          clearTimeout(timer);
          socket.close();
          resolve(message);
        });
        socket.resume();
      }, reject);
    });
  }
}
