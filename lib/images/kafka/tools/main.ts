/** Every kafka-*.sh: the name it is called by says what it does. */
import { isErrno, type Process } from "../../../machine/index.ts";
import { exceptionText, KafkaError } from "../errors.ts";
import { stamp } from "../server-log.ts";
import { readVersion } from "../version.ts";
import { ADMIN_TOOLS } from "./admin.ts";
import { KafkaClient, TimedOut } from "./client.ts";
import { CONSUMER_TOOLS } from "./consumer.ts";
import { GROUP_TOOLS } from "./groups.ts";
import { parseOptions, UsageError } from "./options.ts";
import { PRODUCER_TOOLS } from "./producer.ts";
import { REASSIGN_TOOLS } from "./reassign.ts";
import type { ToolEntry } from "./tool.ts";
import { TOPIC_TOOLS } from "./topics.ts";

export const TOOLS: Readonly<Record<string, ToolEntry>> = {
  ...TOPIC_TOOLS,
  ...PRODUCER_TOOLS,
  ...CONSUMER_TOOLS,
  ...GROUP_TOOLS,
  ...ADMIN_TOOLS,
  ...REASSIGN_TOOLS,
};

export async function kafkaTool(process: Process): Promise<number> {
  const name = (process.argv[0] ?? "").split("/").at(-1)?.replace(/\.sh$/, "") ?? "";
  const entry = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  const out = (text: string) => process.stdout.write(text);
  const complain = (text: string) => process.stderr.write(text);
  if (entry === undefined) {
    await complain(`${name} is not supported here\n`);
    return 1;
  }
  const version = readVersion(process);
  const clients: KafkaClient[] = [];
  try {
    if (process.argv.includes("--version")) {
      await out(`${version}\n`);
      return 0;
    }
    const options = parseOptions(withoutSubcommand(name, process.argv.slice(1)), entry.spec);
    return await entry.run({
      process,
      version,
      options,
      out,
      complain,
      connect(servers, clientName) {
        const client = new KafkaClient(process, servers, clientName);
        clients.push(client);
        return client;
      },
    });
  } catch (error) {
    if (isErrno(error) || process.signal.aborted) throw error;
    if (error instanceof UsageError) await complain(`${error.message}\n`);
    else if (error instanceof TimedOut) {
      const timedOut = error.message.startsWith("Exception")
        ? error.message
        : `Error while executing ${name.replace("kafka-", "")} command : ${error.message}\n${stamp(process.clock.now())} ERROR org.apache.kafka.common.errors.TimeoutException: ${error.message}\n`;
      await complain(`${timedOut}\n`);
    } else if (error instanceof KafkaError) await complain(`Error: ${exceptionText(error)}\n`);
    else throw error;
    return 1;
  } finally {
    for (const client of clients) client.close();
  }
}

const SUBCOMMANDS: Readonly<Record<string, readonly string[]>> = {
  "kafka-metadata-quorum": ["describe"],
  "kafka-cluster": ["cluster-id", "unregister"],
};

/** "kafka-metadata-quorum.sh --bootstrap-server X describe --status": the word may stand anywhere. */
function withoutSubcommand(name: string, words: readonly string[]): readonly string[] {
  const known = SUBCOMMANDS[name];
  if (known === undefined) return words;
  const at = words.findIndex((word) => known.includes(word));
  if (at === -1) throw new UsageError(`usage: ${name} [-h] {${known.join(",")}} ...`);
  return words.filter((_, index) => index !== at);
}
