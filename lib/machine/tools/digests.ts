/** md5sum, sha1sum, sha256sum, sha512sum. */
import { createDigest, type DigestName } from "../../encoding/index.ts";
import type { ByteReader } from "../types.ts";
import { type AnyTool, tool } from "./support/tool.ts";

async function digestOf(tool: AnyTool, reader: ByteReader, algorithm: DigestName): Promise<string> {
  const digest = createDigest(algorithm);
  for (;;) {
    const chunk = await reader.read(16 * 1024);
    if (chunk === null) return digest.hex();
    digest.update(chunk);
    await tool.spend(chunk.length >> 4);
  }
}

function digestTool(name: string, algorithm: DigestName, label: string) {
  return tool(
    {
      name,
      usage: "[OPTION]... [FILE]...",
      summary: `Print or check ${label} checksums.`,
      options: {
        binary: { short: "b", long: "binary", help: "read in binary mode" },
        check: { short: "c", long: "check", help: "read checksums from the FILEs and check them" },
        tag: { long: "tag", help: "create a BSD-style checksum" },
        text: { short: "t", long: "text", help: "read in text mode (default)" },
        ignore: { long: "ignore-missing", help: "don't fail or report status for missing files" },
        quiet: { long: "quiet", help: "don't print OK for each successfully verified file" },
        silent: { long: "status", help: "don't output anything, status code shows success" },
      },
    },
    async (tool) => {
      if (!tool.has("check")) {
        await tool.eachInput(async (reader, file) => {
          const hex = await digestOf(tool, reader, algorithm);
          const mode = tool.options.last("binary", "text") === "binary" ? "*" : " ";
          await tool.out.write(tool.has("tag") ? `${label} (${file}) = ${hex}\n` : `${hex} ${mode}${file}\n`);
        });
        return;
      }
      const digits = createDigest(algorithm).hex().length;
      const shape = new RegExp(`^\\\\?([0-9a-fA-F]{${digits}}) [ *](.+)$`);
      const tagged = new RegExp(`^${label} \\((.+)\\) = ([0-9a-fA-F]{${digits}})$`);
      await tool.eachInput(async (list, listName) => {
        let wrong = 0;
        let unread = 0;
        let checked = 0;
        let malformed = 0;
        let matching = 0;
        for await (const batch of tool.lines(list)) {
          for (const line of batch) {
            const plain = shape.exec(line);
            const bsd = tagged.exec(line);
            const expected = plain?.[1] ?? bsd?.[2];
            const file = plain?.[2] ?? bsd?.[1];
            if (expected === undefined || file === undefined) {
              malformed++;
              continue;
            }
            if (tool.has("ignore") && file !== "-" && !tool.process.files.exists(file)) continue;
            checked++;
            let same = false;
            const read = await tool.attempt(file, async () => {
              const reader = tool.open(file);
              try {
                same = (await digestOf(tool, reader, algorithm)) === expected.toLowerCase();
              } finally {
                if (file !== "-") reader.close();
              }
            });
            if (same) matching++;
            if (!read) unread++;
            else if (!same) wrong++;
            if (tool.has("silent") || (same && tool.has("quiet"))) continue;
            await tool.out.write(`${file}: ${read ? (same ? "OK" : "FAILED") : "FAILED open or read"}\n`);
          }
        }
        if (checked === 0 && malformed >= 0 && !tool.has("ignore"))
          await tool.complain(
            `${listName === "-" ? "'standard input'" : listName}: no properly formatted checksum lines found`,
          );
        else if (!tool.has("silent")) {
          const warn = (count: number, one: string, many: string) =>
            count > 0 ? tool.complain(`WARNING: ${count} ${count === 1 ? one : many}`, 0) : undefined;
          await warn(malformed, "line is improperly formatted", "lines are improperly formatted");
          await warn(unread, "listed file could not be read", "listed files could not be read");
          await warn(wrong, "computed checksum did NOT match", "computed checksums did NOT match");
          if (tool.has("ignore") && matching === 0) await tool.complain(`${listName}: no file was verified`);
        }
        if (wrong + unread > 0) tool.status = 1;
      });
    },
  );
}

export const md5sum = digestTool("md5sum", "md5", "MD5");
export const sha1sum = digestTool("sha1sum", "sha1", "SHA1");
export const sha256sum = digestTool("sha256sum", "sha256", "SHA256");
export const sha512sum = digestTool("sha512sum", "sha512", "SHA512");
