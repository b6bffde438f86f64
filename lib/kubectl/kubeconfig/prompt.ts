/** Asks the person who they are where nothing else says it (client-go's tools/clientcmd/auth_loaders.go). */
import type { Process } from "../../machine/index.ts";
import { CommandError } from "../errors.ts";

/** The next word of stdin, as fmt.Fscan takes it. */
async function word(process: Process): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const ended = /^\s*(\S+)\s/.exec(text)?.[1];
    if (ended !== undefined) return ended;
    const chunk = await process.stdin.read();
    if (chunk === null) {
      const rest = text.trim();
      if (rest === "") throw new CommandError("EOF");
      return rest;
    }
    text += decoder.decode(chunk, { stream: true });
  }
}

export async function promptForUser(
  process: Process,
): Promise<{ readonly username: string; readonly password: string }> {
  await process.stdout.write("Please enter Username: ");
  const username = await word(process);
  await process.stdout.write("Please enter Password: ");
  if (!process.isTerminal(0)) throw new CommandError("error reading input for Password");
  const { tty } = process;
  const before = tty?.mode;
  if (tty !== undefined && before !== undefined) tty.mode = { ...before, echo: false };
  try {
    return { username, password: await word(process) };
  } finally {
    if (tty !== undefined && before !== undefined) tty.mode = before;
    await process.stdout.write("\n");
  }
}
