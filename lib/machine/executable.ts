const MAGIC = "\x7fELF\x02\x01\x01statecraft-program:";

/**
 * The content of an executable file that runs the named program. The name travels in the content, so that a copied
 * binary (an init container installing into a shared volume, say) still runs in another machine.
 */
export function executable(program: string): Uint8Array {
  return new TextEncoder().encode(`${MAGIC}${program}\n`);
}

/** The program an executable file names; undefined where the content is no executable of ours. */
export function programOf(content: Uint8Array): string | undefined {
  if (content.length < MAGIC.length || content[0] !== 0x7f) return undefined;
  const text = new TextDecoder().decode(content.subarray(0, 512));
  if (!text.startsWith(MAGIC)) return undefined;
  const end = text.indexOf("\n");
  return text.slice(MAGIC.length, end === -1 ? undefined : end);
}
