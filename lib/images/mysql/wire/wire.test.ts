import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../encoding/index.ts";
import { bytePipe, type Connection } from "../../../machine/index.ts";
import { Malformed, utf8, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { errorPacket, okPacket } from "./answers.ts";
import { proves, scrambled } from "./authentication.ts";
import { CACHING, NATIVE, TYPE } from "./constants.ts";
import { binaryRow, textRow, wireField } from "./fields.ts";
import { readGreeting, readLogin, writeGreeting, writeLogin } from "./handshake.ts";
import { PacketStream, readLength, writeLength } from "./packets.ts";
import { type Prepared, readValues } from "./prepared.ts";
import { filled, quoted, splitText, templateOf, withoutValues } from "./statements.ts";

const nonce = Uint8Array.from({ length: 20 }, (_, index) => index + 40);

describe("passwords", () => {
  const sha = (name: string, ...parts: Uint8Array[]) => {
    const sum = createHash(name);
    for (const part of parts) sum.update(part);
    return new Uint8Array(sum.digest());
  };
  it("are proved by SHA-1 or SHA-256 of what the server sent, mixed in each plugin's own order", () => {
    const [one, two] = [sha("sha1", utf8("secret")), sha("sha256", utf8("secret"))];
    const native = sha("sha1", nonce, sha("sha1", one)).map((byte, index) => byte ^ (one[index] ?? 0));
    const caching = sha("sha256", sha("sha256", two), nonce).map((byte, index) => byte ^ (two[index] ?? 0));
    expect(toHex(scrambled(NATIVE, "secret", nonce))).toBe(toHex(native));
    expect(toHex(scrambled(CACHING, "secret", nonce))).toBe(toHex(caching));
    expect(proves(CACHING, "secret", nonce, caching)).toBe(true);
    expect(proves(CACHING, "other", nonce, caching)).toBe(false);
  });
  it("that are empty are proved by nothing, or by a zero", () => {
    expect(proves(NATIVE, "", nonce, new Uint8Array(0))).toBe(true);
    expect(proves(CACHING, "", nonce, Uint8Array.of(0))).toBe(true);
    expect(proves(NATIVE, "x", nonce, new Uint8Array(0))).toBe(false);
  });
});

describe("packets", () => {
  it("begin with a greeting of protocol 10", () => {
    const bytes = writeGreeting({ version: "8.4.6", id: 7, nonce, charset: 255, status: 2, plugin: CACHING });
    const [low, high] = [toHex(bytes.subarray(20, 22)), toHex(bytes.subarray(25, 27))];
    expect(toHex(bytes)).toBe(
      `0a382e342e360007000000${toHex(nonce.subarray(0, 8))}00${low}ff0200${high}15${"00".repeat(10)}${toHex(nonce.subarray(8))}00${toHex(utf8(CACHING))}00`,
    );
    expect(readGreeting(bytes)).toMatchObject({ version: "8.4.6", id: 7, nonce, plugin: CACHING });
  });

  it("carry a login with its database and attributes", () => {
    const login = {
      capabilities: 0x3fa28b | 8,
      charset: 45,
      user: "root",
      answer: nonce,
      database: "shop",
      plugin: NATIVE,
      attributes: new Map([["_client_name", "x"]]),
    };
    expect(readLogin(writeLogin(login))).toEqual(login);
    expect(() => readLogin(writeLogin(login).subarray(0, 40))).toThrow(Malformed);
    expect(() => readLogin(utf8("GET / HTTP/1.1\r\n\r\n"))).toThrow(Malformed);
  });

  it("say OK and ERR as the real ones do", () => {
    expect(toHex(okPacket(0, 2, { affected: 300, insertId: 1 }))).toBe("00fc2c01" + "01" + "0200" + "0000");
    expect(toHex(errorPacket({ code: 1045, state: "28000", message: "no" }))).toBe("ff15042332383030306e6f");
  });

  it("count lengths in one, three, four or nine bytes", () => {
    for (const [value, bytes] of [
      [250, "fa"],
      [251, "fcfb00"],
      [65_536, "fd000001"],
      [16_777_216, "fe0000000100000000"],
    ] as const) {
      const written = writeLength(new WireWriter("little"), value).done();
      expect(toHex(written)).toBe(bytes);
      expect(readLength(new WireReader(written, "little"))).toBe(value);
    }
    expect(() => readLength(new WireReader(Uint8Array.of(0xff), "little"))).toThrow(Malformed);
  });

  function stream() {
    const [there, here] = [bytePipe(), bytePipe()];
    const connection = { reader: there.reader, writer: here.writer, close: () => undefined } as unknown as Connection;
    return { packets: new PacketStream(connection), send: there.writer, sent: here.reader };
  }

  it("are refused out of order and beyond the limit, before there is room for them", async () => {
    const one = stream();
    await one.send.write(Uint8Array.of(1, 0, 0, 5, 14));
    await expect(one.packets.read()).rejects.toMatchObject({ code: 1156, state: "08S01" });
    const two = stream();
    await two.send.write(Uint8Array.of(0xff, 0xff, 0xff, 0));
    await expect(two.packets.read(1000)).rejects.toMatchObject({ code: 1153, state: "08S01" });
  });
});

describe("rows", () => {
  it("travel as texts, or by type with a bit for each null", () => {
    expect(toHex(textRow(["ab", null, 7]))).toBe("026162fb0137");
    const field = (type: "int4" | "timestamp" | "text") => wireField("c", { table: "", type }, false, 45);
    const fields = [field("int4"), field("timestamp"), field("text")];
    expect(toHex(binaryRow([-1, "2026-01-02 03:04:05", null], fields))).toBe("0010ffffffff07ea070102030405");
    expect(wireField("f", { table: "t", type: "int4", declared: "tinyint(1)" }, false, 45)).toMatchObject({
      type: TYPE.tiny,
      length: 1,
    });
  });
});

describe("statements", () => {
  it("end at semicolons that are no part of texts and comments", () => {
    expect(splitText("select ';' ; -- no; \n select `a;b`;;# ;\n")).toEqual([
      "select ';'",
      "-- no; \n select `a;b`",
      "# ;",
    ]);
  });
  it("have places for values outside of texts alone", () => {
    const template = templateOf("select ?, '?' from t where a = ? limit ?");
    expect(template).toEqual(["select ", ", '?' from t where a = ", " limit ", ""]);
    expect(filled(template, ["it's \\", "b", "c"].map(quoted))).toBe(
      "select 'it\\'s \\\\', '?' from t where a = 'b' limit 'c'",
    );
    expect(withoutValues(template)).toBe("select NULL, '?' from t where a = NULL limit 1");
  });

  const prepared = (sql: string): Prepared => ({
    id: 1,
    template: templateOf(sql),
    rows: true,
    types: [],
    long: new Map(),
    longBytes: 0,
  });
  it("take values by their types; a number with a point is no LIMIT from 8.0.22 on", () => {
    const bytes = () => new WireWriter("little").u8(0b10).u8(1).u16(8).u16(6).u16(5).i64(-2).f64(3).done();
    const read = (strict: boolean) =>
      readValues(new WireReader(bytes(), "little"), prepared("select ?, ? limit ?"), strict);
    expect(read(false).map(({ text }) => text)).toEqual(["-2", "NULL", "3"]);
    expect(() => read(true)).toThrow("Incorrect arguments to mysqld_stmt_execute");
    expect(() => readValues(new WireReader(Uint8Array.of(0, 1, 3), "little"), prepared("select ?"), false)).toThrow(
      Malformed,
    );
  });
});
