/**
 * nslookup of busybox up to 1.28: names through the C library, search domains and /etc/hosts included, and every
 * address looked up backwards. It knows no types; later versions are `busyboxNslookup`.
 */
import { isErrno } from "../errno.ts";
import type { Process, Program } from "../types.ts";
import { reverseName } from "./support/dns.ts";
import { hostAddresses, isAddress, resolverSettings } from "./support/resolver.ts";

export const libcNslookup: Program = async (process) => {
  const [name, given] = process.argv.slice(1);
  if (name === undefined || process.argv.length > 3) {
    await process.stderr.write(
      "BusyBox v1.28.4 (2018-05-22 17:00:17 UTC) multi-call binary.\n\nUsage: nslookup [HOST] [SERVER]\n\nQuery the nameserver for the IP address of the given HOST\noptionally using a specified DNS server\n",
    );
    return 1;
  }
  const server = given ?? resolverSettings(process).servers[0] ?? "127.0.0.1";
  const serverAddress = isAddress(server) ? server : await hostAddresses(process, server);
  if (typeof serverAddress === "string" && !isAddress(serverAddress)) {
    await process.stderr.write(`nslookup: bad address '${server}'\n`);
    return 1;
  }
  const asked = typeof serverAddress === "string" ? serverAddress : (serverAddress[0] ?? server);
  let out = await host(process, "Server:", asked, [asked], asked);
  out += "\n";
  const addresses = await hostAddresses(process, name);
  if (typeof addresses === "string") {
    await process.stdout.write(out);
    await process.stderr.write(`nslookup: can't resolve '${name}'\n`);
    return 1;
  }
  out += await host(process, "Name:", name, addresses, asked);
  await process.stdout.write(out);
  return 0;
};

async function host(
  process: Process,
  heading: string,
  name: string,
  addresses: readonly string[],
  server: string,
): Promise<string> {
  let out = `${heading.padEnd(10)} ${name}\n`;
  for (const [index, address] of addresses.entries()) {
    const backwards = await nameOf(process, address, server);
    out += `Address ${index + 1}: ${address}${backwards === undefined ? "" : ` ${backwards}`}\n`;
  }
  return out;
}

async function nameOf(process: Process, address: string, server: string): Promise<string | undefined> {
  try {
    const response = await process.network.query(server, { name: reverseName(address), type: "PTR" });
    return response.answers.find(({ type }) => type === "PTR")?.data.replace(/\.$/, "");
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
