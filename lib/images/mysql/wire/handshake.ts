/** The packets that a connection begins with (protocol 10). */
import { concatBytes } from "../../../encoding/index.ts";
import { Malformed, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { CAPABILITY, NATIVE, SERVER_CAPABILITIES } from "./constants.ts";
import { readCounted, writeCounted, writeLength } from "./packets.ts";

export interface Greeting {
  readonly version: string;
  readonly id: number;
  /** 20 bytes that the password is proved with. */
  readonly nonce: Uint8Array;
  readonly capabilities: number;
  readonly charset: number;
  readonly status: number;
  readonly plugin: string;
}

export function writeGreeting({
  version,
  id,
  nonce,
  charset,
  status,
  plugin,
}: Omit<Greeting, "capabilities">): Uint8Array {
  return new WireWriter("little")
    .u8(10)
    .cstring(version)
    .u32(id)
    .bytes(nonce.subarray(0, 8))
    .u8(0)
    .u16(SERVER_CAPABILITIES & 0xffff)
    .u8(charset)
    .u16(status)
    .u16(SERVER_CAPABILITIES >>> 16)
    .u8(21)
    .bytes(new Uint8Array(10))
    .bytes(nonce.subarray(8))
    .u8(0)
    .cstring(plugin)
    .done();
}

/** Throws `Malformed` where it is no greeting of this protocol. */
export function readGreeting(payload: Uint8Array): Greeting {
  const reader = new WireReader(payload, "little");
  if (reader.u8() !== 10) throw new Malformed("no greeting of protocol 10");
  const version = reader.cstring();
  const id = reader.u32();
  const first = reader.bytes(8);
  reader.skip(1);
  const low = reader.u16();
  const charset = reader.u8();
  const status = reader.u16();
  const capabilities = low | (reader.u16() << 16);
  const length = reader.u8();
  reader.skip(10);
  const second = reader.bytes(Math.max(12, length - 9));
  reader.skip(reader.peek() === 0 ? 1 : 0);
  const plugin = capabilities & CAPABILITY.pluginAuth && reader.left > 0 ? reader.cstring() : NATIVE;
  const nonce = concatBytes([first, second.subarray(0, 12)]);
  return { version, id, nonce, capabilities, charset, status, plugin };
}

export interface LoginRequest {
  readonly capabilities: number;
  readonly charset: number;
  readonly user: string;
  readonly answer: Uint8Array;
  readonly database: string | undefined;
  readonly plugin: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Throws `Malformed`. */
export function readLogin(payload: Uint8Array): LoginRequest {
  const reader = new WireReader(payload, "little");
  const capabilities = reader.u32();
  if ((capabilities & CAPABILITY.protocol41) === 0) throw new Malformed("a client older than 4.1");
  if (capabilities & CAPABILITY.ssl) throw new Malformed("TLS was not offered");
  reader.skip(4);
  const charset = reader.u8();
  reader.skip(23);
  const user = reader.cstring();
  return { capabilities, charset, user, ...loginTail(reader, capabilities) };
}

/** COM_CHANGE_USER is the same without what was agreed before. */
export function readChangeUser(reader: WireReader, capabilities: number): LoginRequest {
  const user = reader.cstring();
  const answer = reader.bytes(reader.u8());
  const database = reader.cstring();
  const charset = reader.left >= 2 ? reader.u16() : 45;
  const plugin = capabilities & CAPABILITY.pluginAuth && reader.left > 0 ? reader.cstring() : NATIVE;
  const attributes = readAttributes(reader, capabilities);
  return { capabilities, charset, user, answer, database: database === "" ? undefined : database, plugin, attributes };
}

function loginTail(reader: WireReader, capabilities: number) {
  const answer =
    capabilities & CAPABILITY.countedAuth
      ? readCounted(reader)
      : capabilities & CAPABILITY.secureConnection
        ? reader.bytes(reader.u8())
        : new TextEncoder().encode(reader.cstring());
  const named = (capabilities & CAPABILITY.connectWithDatabase) !== 0 && reader.left > 0 ? reader.cstring() : "";
  const plugin = capabilities & CAPABILITY.pluginAuth && reader.left > 0 ? reader.cstring() : NATIVE;
  const attributes = readAttributes(reader, capabilities);
  return { answer, database: named === "" ? undefined : named, plugin, attributes };
}

function readAttributes(reader: WireReader, capabilities: number): Map<string, string> {
  const found = new Map<string, string>();
  if ((capabilities & CAPABILITY.connectAttributes) === 0 || reader.left === 0) return found;
  const inner = new WireReader(readCounted(reader), "little");
  const decoder = new TextDecoder();
  while (inner.left > 0) found.set(decoder.decode(readCounted(inner)), decoder.decode(readCounted(inner)));
  return found;
}

export function writeLogin(login: LoginRequest): Uint8Array {
  const writer = new WireWriter("little")
    .u32(login.capabilities)
    .u32(16 * 1024 * 1024)
    .u8(login.charset)
    .bytes(new Uint8Array(23))
    .cstring(login.user);
  writeCounted(writer, login.answer);
  if (login.database !== undefined) writer.cstring(login.database);
  writer.cstring(login.plugin);
  const attributes = new WireWriter("little");
  for (const pair of login.attributes)
    for (const text of pair) writeCounted(attributes, new TextEncoder().encode(text));
  const all = attributes.done();
  return writeLength(writer, all.length).bytes(all).done();
}
