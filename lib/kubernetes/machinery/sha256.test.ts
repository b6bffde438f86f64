import { createHash, createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { hmacSha256, sha256 } from "./sha256.ts";

it("digests as any SHA-256 does, whatever the length", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const data = new Uint8Array(length).map((_, index) => (index * 7) & 255);
    expect(Buffer.from(sha256(data)).toString("hex")).toBe(createHash("sha256").update(data).digest("hex"));
    const key = data.slice(0, 80);
    expect(Buffer.from(hmacSha256(key, data)).toString("hex")).toBe(
      createHmac("sha256", key).update(data).digest("hex"),
    );
  }
});
