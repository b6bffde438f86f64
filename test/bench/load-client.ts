/** The client of the list benchmark: 10 connections that ask as fast as they are answered. Runs as a process of its own. */
import { Agent, request } from "node:http";

const [url = "", token = "", ms = "0"] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 10 });

function get(): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}`));
      answer.resume();
      answer.once("end", resolve);
    })
      .once("error", reject)
      .end();
  });
}

async function rate(duration: number): Promise<number> {
  const started = performance.now();
  let requests = 0;
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      while (performance.now() - started < duration) {
        await get();
        requests++;
      }
    }),
  );
  return (requests / (performance.now() - started)) * 1000;
}

await rate(500);
process.send?.(await rate(Number(ms)));
process.exit(0);
