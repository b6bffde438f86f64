import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDigest, type DigestName, digest, fromHex, hmac, pbkdf2, toHex } from "./index.ts";

const NAMES: readonly DigestName[] = ["md5", "sha1", "sha256", "sha512"];

describe.each(NAMES)("%s", (name) => {
  it("is what the host says, in one piece or in several", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (data, cut) => {
        const expected = createHash(name).update(data).digest("hex");
        expect(toHex(digest(name, data))).toBe(expected);
        expect(toHex(digest(name, data.subarray(0, cut), data.subarray(cut)))).toBe(expected);
        const made = createDigest(name);
        made.update(data.subarray(0, cut));
        made.update(data.subarray(cut));
        expect(made.hex()).toBe(expected);
      }),
    );
  });

  it("keys messages, with keys of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 100 }), (key, data) => {
        expect(toHex(hmac(name, key, data))).toBe(createHmac(name, key).update(data).digest("hex"));
      }),
    );
  });

  it("makes keys of passwords", () => {
    const salt = fromHex("00ff10");
    expect(toHex(pbkdf2(name, "pässword", salt, { iterations: 50, length: 40 }))).toBe(
      pbkdf2Sync("pässword", salt, 50, 40, name).toString("hex"),
    );
  });
});

it("text is digested as UTF-8", () => {
  expect(digest("sha256", "状态")).toEqual(digest("sha256", new TextEncoder().encode("状态")));
});
