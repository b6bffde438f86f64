/** The `statecraft` command. One file per subcommand; loaded only when asked for, so that `--help` is quick. */
import { UsageError } from "./usage.ts";

interface Subcommand {
  readonly summary: string;
  run(args: readonly string[]): Promise<number>;
}

const subcommands: Readonly<Record<string, { readonly summary: string; load(): Promise<Pick<Subcommand, "run">> }>> = {
  cluster: { summary: "serve one embedded cluster for any kubectl", load: () => import("./cluster.ts") },
  shell: { summary: "a learner's shell over a fresh sandbox, here in your terminal", load: () => import("./shell.ts") },
  course: { summary: "check the lessons: lint, test, schema", load: () => import("./course.ts") },
};

function help(): string {
  const rows = Object.entries(subcommands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`);
  return `Statecraft: an interactive course on stateful Kubernetes.

Usage: statecraft COMMAND [options]

${rows.join("\n")}

statecraft COMMAND --help tells more. \`npm start\` serves the course itself.
`;
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(help());
    return 0;
  }
  const subcommand = subcommands[name];
  if (subcommand === undefined) {
    process.stderr.write(`statecraft: there is no command "${name}".\n\n${help()}`);
    return 2;
  }
  try {
    return await (await subcommand.load()).run(rest);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`statecraft ${name}: ${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`statecraft: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    process.exit(1);
  },
);
