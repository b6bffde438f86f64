/** Names to addresses, for servers that take the first answer or do without. */
import { hostAddresses, lookUp, type Process } from "../../machine/index.ts";

/** Undefined where nobody knows the name. */
export async function resolveHost(process: Process, name: string): Promise<string | undefined> {
  return (await resolveAll(process, name))[0];
}

/** Every IPv4 address of a name; none where nobody knows it. */
export async function resolveAll(process: Process, name: string): Promise<readonly string[]> {
  const found = await hostAddresses(process, name);
  return typeof found === "string" ? [] : found;
}

/** Targets of SRV records, as Go's net.LookupSRV gives them. */
export async function resolveService(
  process: Process,
  name: string,
): Promise<{ readonly target: string; readonly port: number }[]> {
  const looked = await lookUp(process, name, "SRV");
  if ("failed" in looked) return [];
  return looked.response.answers
    .filter(({ type }) => type === "SRV")
    .map(({ data }) => {
      const [, , port = "0", target = ""] = data.split(" ");
      return { target, port: Number(port) };
    });
}
