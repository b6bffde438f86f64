import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digest, hmac, toHex } from "../../../encoding/index.ts";
import { utf8 } from "./bytes.ts";
import {
  clientExchange,
  fits,
  makeVerifier,
  readVerifier,
  ScramProblem,
  serverExchange,
  verifierText,
} from "./scram.ts";

const salt = Uint8Array.from({ length: 16 }, (_, index) => index * 7);

describe("SCRAM-SHA-256", () => {
  it("rests on HMAC and PBKDF2 as everybody computes them", () => {
    const long = utf8("k".repeat(100));
    expect(toHex(hmac("sha256", long, utf8("a"), utf8("b")))).toBe(
      createHmac("sha256", long).update("ab").digest("hex"),
    );
    expect(toHex(digest("sha1", utf8("abc")))).toBe(createHash("sha1").update("abc").digest("hex"));
    for (const password of ["secret", "p".repeat(80)]) {
      const salted = pbkdf2Sync(password, salt, 4096, 32, "sha256");
      const key = createHmac("sha256", salted).update("Server Key").digest("hex");
      expect(toHex(makeVerifier(password, salt).serverKey)).toBe(key);
    }
  });

  it("keeps verifiers as texts", () => {
    const verifier = makeVerifier("secret", salt);
    expect(readVerifier(verifierText(verifier))).toEqual(verifier);
    expect(readVerifier("SCRAM-SHA-256$4096:abc")).toBeUndefined();
    expect(fits("secret", verifier)).toBe(true);
    expect(fits("other", verifier)).toBe(false);
  });

  const exchange = (password: string) => {
    const client = clientExchange("", password, "client");
    const server = serverExchange(client.first, "server", () => makeVerifier("secret", salt));
    return server.finish(client.answer(server.challenge));
  };
  it("lets in who knows the password, and proves that the server knows it too", () => {
    expect(exchange("secret")).toMatch(/^v=.{44}$/);
    expect(exchange("wrong")).toBeUndefined();
  });

  it("takes nothing that was made up", () => {
    const begin = (first: string) => serverExchange(first, "server", () => makeVerifier("secret", salt));
    expect(() => begin("p=tls-unique,,n=,r=x")).toThrow(ScramProblem);
    expect(() => begin("garbage")).toThrow(ScramProblem);
    expect(() => begin("n,,n=,r=x").finish("c=biws,r=other,p=AAAA")).toThrow(ScramProblem);
    expect(() => begin("n,,n=,r=x").finish("")).toThrow(ScramProblem);
  });
});
