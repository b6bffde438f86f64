import { describe, expect, it } from "vitest";
import { decodeStruct, type GoStruct, plainStruct } from "./go-struct.ts";
import { absolutePath, relativePath } from "./paths.ts";
import { serverUrl } from "./server-url.ts";

const INNER: GoStruct = { struct: "Inner", fields: { name: { always: "string" }, data: "bytes" } };
const OUTER: GoStruct = {
  struct: "Outer",
  fields: { list: { always: { list: INNER } }, on: "bool", many: { map: { list: "string" } } },
};

describe("a Go struct read from JSON", () => {
  it("keeps what it knows, writes what is always written, and leaves out what is empty", () => {
    const { value, problem } = decodeStruct({ list: [{ Name: "other", name: "a" }], on: false, unknown: 1 }, OUTER);
    expect(problem).toBeUndefined();
    expect(value).toEqual({ list: [{ name: "a" }] });
  });

  it("names the first value of a wrong type by struct, path and Go type", () => {
    expect(decodeStruct({ list: "x" }, OUTER).problem).toBe(
      "json: cannot unmarshal string into Go struct field Outer.list of type []v1.Inner",
    );
    expect(decodeStruct({ list: [{ name: 1 }], on: "x" }, OUTER).problem).toBe(
      "json: cannot unmarshal number into Go struct field Inner.list.name of type string",
    );
    expect(decodeStruct({ many: { a: "b" } }, OUTER).problem).toBe(
      "json: cannot unmarshal string into Go struct field Outer.many of type []string",
    );
  });

  it("reads bytes as base64 or as a list, and says where base64 ends", () => {
    expect(decodeStruct({ name: "", data: [65, 66] }, INNER).value).toEqual({ name: "", data: "QUI=" });
    expect(decodeStruct({ data: "QUJDRA" }, INNER).problem).toBe("illegal base64 data at input byte 4");
  });

  it("is printed as fmt prints it", () => {
    expect(plainStruct({ name: "a", data: "QUI=" }, INNER)).toBe("{a [65 66]}");
  });
});

describe("the address of a server", () => {
  it("is a URL, or host and port", () => {
    expect(serverUrl("https://a:6443/", false)).toEqual({ url: "https://a:6443", secure: true });
    expect(serverUrl("127.0.0.1:80", false)).toEqual({ url: "http://127.0.0.1:80", secure: false });
    expect(serverUrl("a", true)).toEqual({ url: "https://a", secure: true });
    expect(serverUrl("https://a/clusters/b?x=y", false).url).toBe("https://a/clusters/b");
  });

  it("is refused where it is neither", () => {
    for (const address of ["http://", "https://a b", "https://127.0.0.1:x"])
      expect(() => serverUrl(address, false)).toThrow(`host must be a URL or a host:port pair: "${address}"`);
  });
});

describe("paths of a kubeconfig", () => {
  it("are made absolute from its directory, and relative to it", () => {
    expect(absolutePath("../ca.crt", "/home/me/.kube")).toBe("/home/me/ca.crt");
    expect(relativePath("/home/me/.kube/ca.crt", "/home/me/.kube")).toBe("ca.crt");
    expect(relativePath("/home/me/ca.crt", "/home/me/.kube")).toBe("../ca.crt");
    expect(relativePath("/home/me", "/home/me")).toBe(".");
  });
});
