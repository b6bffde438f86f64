/** What a git command works with: its process, repository, configuration and output. */
import type { Process } from "../../types.ts";
import { Output } from "../support/tool.ts";
import { Colors } from "./colors.ts";
import { GitConfig, readBoolean } from "./config.ts";
import { fatal, GitFailure } from "./failure.ts";
import { PagedWriter } from "./pager.ts";
import { discover, Repository, type RepositoryPlace } from "./repository.ts";

export type Command = (git: Git, words: readonly string[]) => Promise<number>;

interface GitSettings {
  /** What -c gave. */
  readonly config: readonly string[];
  /** --no-pager (false), -p (true), or neither. */
  readonly paginate: boolean | undefined;
}

export class Git {
  readonly process: Process;
  readonly settings: GitSettings;
  readonly out: Output;
  readonly pager: PagedWriter | undefined;
  #repository: Repository | undefined;
  /** Why there is no repository, where it is not simply absent. */
  #outside: GitFailure | undefined;
  #config: GitConfig | undefined;
  #place: RepositoryPlace | undefined | null = null;

  constructor(process: Process, settings: GitSettings, paged: boolean) {
    this.process = process;
    this.settings = settings;
    const pages = settings.paginate ?? paged;
    this.pager = pages && process.isTerminal(1) ? new PagedWriter(process, () => this.#pagerCommand()) : undefined;
    this.out = new Output(this.pager ?? process.stdout);
  }

  #pagerCommand(): string {
    const { env } = this.process;
    return env.get("GIT_PAGER") ?? this.config.get("core.pager") ?? env.get("PAGER") ?? "less";
  }

  get place(): RepositoryPlace | undefined {
    if (this.#place === null) {
      try {
        this.#place = discover(this.process, this.process.cwd);
      } catch (error) {
        if (!(error instanceof GitFailure)) throw error;
        // Commands that need no repository go on without one.
        this.#place = undefined;
        this.#outside = error;
      }
    }
    return this.#place;
  }

  get repository(): Repository {
    if (this.#repository === undefined) {
      const place = this.place;
      if (place === undefined)
        throw this.#outside ?? fatal("not a git repository (or any of the parent directories): .git");
      this.#repository = new Repository(this.process, place, this.settings.config);
    }
    return this.#repository;
  }

  /** The repository's configuration, or what there is without one. */
  get config(): GitConfig {
    if (this.#config === undefined) {
      const place = this.place;
      this.#config =
        place === undefined ? new GitConfig(this.process, undefined, this.settings.config) : this.repository.config;
    }
    return this.#config;
  }

  /** The same command on another repository. */
  at(repository: Repository): Git {
    const other = new Git(this.process, this.settings, false);
    other.#repository = repository;
    other.#place = { gitDir: repository.gitDir, workTree: repository.workTree };
    return other;
  }

  /** Read anew, after a command has changed them. */
  forget(): void {
    this.#config = undefined;
    this.#repository = undefined;
    this.#place = null;
  }

  /** `choice`: the value of --color ("" where it stands alone), or undefined. */
  colors(what: "diff" | "status" | "branch" | "grep" | "ui", choice?: string): Colors {
    const configured = choice ?? this.config.get(`color.${what}`) ?? this.config.get("color.ui") ?? "auto";
    if (choice !== undefined && !/^(always|never|auto|)$/.test(choice) && readBoolean(choice) === undefined) {
      throw fatal('option `color\' expects "always", "auto", or "never"'.replace(/^/, ""), 129);
    }
    const on =
      configured === "always" || choice === ""
        ? true
        : configured === "never" || readBoolean(configured) === false
          ? false
          : this.process.isTerminal(1) && this.process.env.get("TERM") !== "dumb";
    return new Colors(on, this.config);
  }

  async print(text: string): Promise<void> {
    const full = this.out.write(text);
    if (full !== undefined) await full;
  }

  /** To the standard error, after what was printed. */
  async say(text: string): Promise<void> {
    await this.out.flush();
    await this.process.stderr.write(text);
  }

  spend(units = 1): Promise<void> | void {
    return this.process.spend(units);
  }

  get now(): number {
    return this.process.clock.now();
  }

  /** Bytes above 127 are escaped in paths, unless core.quotePath says otherwise. */
  get quotesAll(): boolean {
    return this.config.boolean("core.quotepath") ?? true;
  }
}
