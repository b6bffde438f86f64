/** kubectl completion: scripts for four shells. */
import type { Command } from "../command.ts";
import { completionScript } from "../completion/scripts.ts";
import type { Invocation } from "../invocation.ts";

async function completion(invocation: Invocation): Promise<void> {
  const { args } = invocation;
  if (args.length === 0) throw invocation.usageError("Shell not specified.");
  if (args.length > 1) throw invocation.usageError("Too many arguments. Expected only the shell type.");
  const script = completionScript(args[0] ?? "", "kubectl");
  if (script === undefined) throw invocation.usageError(`Unsupported shell type ${JSON.stringify(args[0])}.`);
  await invocation.out(script);
}

export const COMPLETION: Command = {
  name: "completion",
  short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
  arguments: "SHELL",
  examples: ["source <(kubectl completion bash)", "complete -o default -F __start_kubectl k"],
  completes: "shell",
  run: completion,
};

/** There are none in this version; what follows is ignored, as by upstream. */
export const ALPHA: Command = {
  name: "alpha",
  short: "Commands for features in alpha",
  hidden: true,
  run: (invocation) => invocation.err("No alpha commands are available in this version of kubectl\n"),
};
