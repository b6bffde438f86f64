/** Scripted people at a terminal: they type a lesson's commands at a person's pace, and wait for what they asked for. */
import type { Sandbox, Terminal } from "../../lib/sandbox/types.ts";
import { undisturbedMs } from "./measure.ts";

/** What a person does next: a command line, or keys for the program that runs. */
interface Act {
  readonly line: string;
  /** Whether how long it takes is the machine's doing alone: it waits for nothing in the cluster. */
  readonly quick?: boolean;
  /** Keys for the program that the line started, each when what is before it was seen. */
  readonly keys?: readonly { readonly after: RegExp; readonly typed: string }[];
}

const quick = (line: string): Act => ({ line, quick: true });

/** A lesson on rollouts, as it is worked through; begun again at its end. */
const LESSON: readonly Act[] = [
  quick("kubectl get pods"),
  quick("cat web.yaml"),
  quick("kubectl get sts,pods,pvc -o wide"),
  quick("kubectl apply -f web.yaml"),
  { line: "kubectl rollout status sts/web --timeout=60s" },
  quick(`kubectl patch sts web -p '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}}}}'`),
  quick("kubectl set image sts/web nginx=nginx:1.27"),
  { line: "kubectl rollout status sts/web --timeout=60s" },
  quick("kubectl get pods -l app=nginx -o yaml | grep ' image:' | sort | uniq -c"),
  {
    line: "kubectl describe pod web-0 | less",
    keys: [
      { after: /:/, typed: " " },
      { after: /\(END\)|:/, typed: "q" },
    ],
  },
  quick("for i in 0 1 2; do kubectl get pod web-$i -o jsonpath='{.status.phase} '; done"),
  {
    line: "vi notes.txt",
    keys: [
      { after: /~/, typed: "iabc" },
      { after: /INSERT/, typed: "\x1b:wq\r" },
    ],
  },
  quick("history | tail -3"),
  { line: "kubectl get pods -w", keys: [{ after: /web-0/, typed: "\x03" }] },
  quick("kubectl scale sts web --replicas=6"),
  { line: "kubectl wait pod/web-5 --for=condition=Ready --timeout=60s" },
  quick("kubectl get events --sort-by=.lastTimestamp | tail -5"),
  quick("kubectl logs web-0 | head -3"),
  quick("kubectl explain statefulset.spec.updateStrategy | head"),
  { line: "kubectl delete pod web-1" },
  quick("kubectl get pods -o name | xargs -n1 echo"),
  quick("kubectl scale sts web --replicas=5"),
  quick("kubectl rollout history sts/web"),
];

const decoder = new TextDecoder();
const ESCAPES = /\x1b(?:\[[0-9;?>]*[A-Za-z]|\][^\x07]*\x07|[=>()][A-Z0-9]?|[78])/g;
/** What is looked for is among the last so many characters. */
const WINDOW = 300;
const PROMPT = /[$#] $/;
/** What a person gives up on. */
const LOST_AFTER_MS = 30_000;

interface Figures {
  /** From the moment a key was due until it was seen, ms as on a machine that is this worker's alone. */
  readonly echoes: number[];
  /** The same on the clock on the wall. */
  readonly walls: number[];
  /** From Enter to the next prompt, of quick commands. */
  readonly answers: number[];
  lost: number;
  commands: number;
}

export const figures = (): Figures => ({ echoes: [], walls: [], answers: [], lost: 0, commands: 0 });

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Numbers in [0, 1) that are the same in each run. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export class Learner {
  readonly terminal: Terminal;
  readonly #random: () => number;
  #seen = "";
  #looking: (() => void) | undefined;

  constructor(terminal: Terminal, seed: number) {
    this.terminal = terminal;
    this.#random = numbers(seed);
    terminal.attach(0, ({ data }) => {
      this.#seen += decoder.decode(data);
      if (this.#seen.length > 20_000) this.#seen = this.#seen.slice(-5_000);
      this.#looking?.();
    });
  }

  static async at(sandbox: Sandbox, seed: number): Promise<Learner> {
    return new Learner(await sandbox.openTerminal({ columns: 80, rows: 24 }), seed);
  }

  /** Works through the lesson until `end` (on the clock of `performance`), telling `into` what it felt. */
  async work(end: number, into: Figures): Promise<void> {
    await pause(this.#random() * 5_000);
    for (let turn = Math.floor(this.#random() * LESSON.length); performance.now() < end; turn++) {
      await this.#act(LESSON[turn % LESSON.length] as Act, into);
      await pause(1_000 + this.#random() * 5_000);
    }
  }

  async #act(act: Act, into: Figures): Promise<void> {
    let due = performance.now();
    for (const key of act.line) {
      due = Math.max(due, performance.now()) + 60 + this.#random() * 120;
      await pause(due - performance.now());
      if (!(await this.#key(key, due, into))) return;
    }
    this.#seen = "";
    into.commands++;
    const entered = undisturbedMs();
    this.terminal.input("\r");
    for (const { after, typed } of act.keys ?? []) {
      if (!(await this.#appears((text) => after.test(text), into))) return;
      await pause(500 + this.#random() * 1_000);
      this.terminal.input(typed);
    }
    const at = await this.#appears((text) => PROMPT.test(text), into);
    if (at !== undefined && act.quick === true) into.answers.push(at - entered);
  }

  async #key(key: string, due: number, into: Figures): Promise<boolean> {
    const late = Math.max(0, performance.now() - due);
    const sent = undisturbedMs();
    const wall = performance.now();
    this.#seen = "";
    this.terminal.input(key);
    const at = await this.#appears((text) => text.includes(key), into);
    if (at === undefined) return false;
    into.echoes.push(at - sent + Math.min(late, 1_000));
    into.walls.push(performance.now() - wall + late);
    return true;
  }

  /** The time (`undisturbedMs`) at which what was seen since the last key is as wanted; undefined where it never was. */
  #appears(wanted: (text: string) => boolean, into: Figures): Promise<number | undefined> {
    return new Promise((resolve) => {
      const end = (at: number | undefined) => {
        clearTimeout(timer);
        this.#looking = undefined;
        resolve(at);
      };
      const timer = setTimeout(() => {
        into.lost++;
        // Out of whatever it is, for the next command.
        this.terminal.input("\x03");
        end(undefined);
      }, LOST_AFTER_MS);
      this.#looking = () => {
        if (wanted(this.#seen.slice(-WINDOW).replace(ESCAPES, ""))) end(undisturbedMs());
      };
      this.#looking();
    });
  }
}

/** What those type who want to see the others suffer. */
export const HOSTILE = [
  "bomb() { bomb | bomb & }; bomb",
  "while :; do :; done",
  "yes",
  `x=$(printf 'a%.0s' {1..20000}); while :; do [[ $x =~ (a*)*(a*)*b ]]; done`,
  "while :; do printf 'a%.0s' {1..20000} | grep -E '(a|aa)+$' | sed -E 's/(a*)*b//'; done",
  "yes | sort | wc -l",
  "while :; do ls -R / > /dev/null; done",
  "while :; do kubectl get pods -A -o yaml > /dev/null; done",
  "f() { f; }; while :; do f; done",
  'x=a; while :; do x="$x$x"; done',
  "while :; do kubectl create configmap big --from-literal=x=$(printf 'a%.0s' {1..60000}); kubectl delete configmap big; done",
  "awk 'BEGIN { while (1) x[y++] = y }'",
  "while :; do kubectl get pods -A -o json | jq -c '[.. | scalars]' > /dev/null; done",
  "yes $'a\\tb' | column -t | tail -1",
  "while :; do kubectl scale sts web --replicas=$((RANDOM % 9)); done",
  "while :; do (exit 1) & wait; done",
  "find / -exec cat {} + 2> /dev/null | gzip | base64 | sha256sum",
  "seq 1000000000 | tac | md5sum",
  "while :; do dd if=/dev/zero of=big bs=1M count=64; done",
  "kubectl run loop --image=busybox:1.36 --restart=Always -- sh -c 'while :; do echo $RANDOM; done'; kubectl logs -f loop",
] as const;

/** Goes through all of it, each for a while; `first` tells where to begin. */
export async function torment(terminal: Terminal, first: number, end: number): Promise<void> {
  for (let turn = first; performance.now() < end; turn++) {
    terminal.type(HOSTILE[turn % HOSTILE.length] as string);
    await pause(Math.min(15_000, Math.max(0, end - performance.now())));
    terminal.input("\x03");
    await pause(200);
    terminal.input("\x03");
    await pause(300);
  }
}
