/** --set and its sisters as helm.sh/helm/v3/pkg/strvals reads them. */
import { describe, expect, it } from "vitest";
import type { ValueMap } from "../../template/index.ts";
import { toPlain } from "../sprig/json.ts";
import { parseInto, type SetOptions } from "./strvals.ts";

function parsed(text: string, options: SetOptions = {}, into: ValueMap = {}): unknown {
  parseInto(text, into, options);
  return toPlain(into);
}

describe("--set", () => {
  it.each([
    ["name1=null", { name1: null }],
    ["name1=value1", { name1: "value1" }],
    ["name1=value1,name2=value2", { name1: "value1", name2: "value2" }],
    ["name1=value1,name2=value2,", { name1: "value1", name2: "value2" }],
    ["name1=,name2=value2", { name1: "", name2: "value2" }],
    ["leading_zeros=00009", { leading_zeros: "00009" }],
    ["zero_int=0", { zero_int: 0 }],
    ["long_int=1234567890", { long_int: 1234567890 }],
    ["boolean=true", { boolean: true }],
    ["boolean=False", { boolean: false }],
    ["is_null=null", { is_null: null }],
    ["float=1.5", { float: "1.5" }],
    ["name1=one\\,two,name2=three\\,four", { name1: "one,two", name2: "three,four" }],
    ["name1=one\\=two,name2=three\\=four", { name1: "one=two", name2: "three=four" }],
    ["name1=one two three,name2=three two one", { name1: "one two three", name2: "three two one" }],
    ["outer.inner=value", { outer: { inner: "value" } }],
    ["outer.middle.inner=value", { outer: { middle: { inner: "value" } } }],
    ["outer.inner1=value,outer.inner2=value2", { outer: { inner1: "value", inner2: "value2" } }],
    ["name1={value1,value2}", { name1: ["value1", "value2"] }],
    ["name1={value1,value2},name2={value1,value2}", { name1: ["value1", "value2"], name2: ["value1", "value2"] }],
    ["name1={1021,902}", { name1: [1021, 902] }],
    ["name1={}", { name1: [] }],
    ["name1.name2={value1,value2}", { name1: { name2: ["value1", "value2"] } }],
    ["list[0]=foo", { list: ["foo"] }],
    ["list[0].foo=bar", { list: [{ foo: "bar" }] }],
    ["list[0].foo=bar,list[0].hello=world", { list: [{ foo: "bar", hello: "world" }] }],
    ["list[0]=foo,list[1]=bar", { list: ["foo", "bar"] }],
    ["list[0]=foo,list[3]=bar", { list: ["foo", null, null, "bar"] }],
    ["nested[0][0]=1", { nested: [[1]] }],
    ["nested[1][1]=1", { nested: [null, [null, 1]] }],
    ["name1.name2[0].foo=bar", { name1: { name2: [{ foo: "bar" }] } }],
    ["a\\.b=c", { "a.b": "c" }],
    ['nodeSelector."kubernetes\\.io/os"=linux', { nodeSelector: { '"kubernetes.io/os"': "linux" } }],
  ])("%s", (text, values) => {
    expect(parsed(text)).toEqual(values);
  });

  it.each([
    ["name1", 'key "name1" has no value'],
    ["name1=value1,name2", 'key "name2" has no value'],
    ["name1,name2=", 'key "name1" has no value (cannot end with ,)'],
    ["name1.name2", 'key "name2" has no value'],
    ["name1.=name2", 'key map "name1" has no value'],
    ["name1={", "list must terminate with '}'"],
    ["list[-30]=x", "negative -30 index not allowed"],
    ["list[99999999]=x", "index of 99999999 is greater than maximum supported index of 65536"],
    ["list[a]=x", 'error parsing index: strconv.Atoi: parsing "a": invalid syntax'],
    [`${"a.".repeat(40)}b=1`, "value name nested level is greater than maximum supported nested level of 30"],
  ])("refuses %s", (text, words) => {
    if (text === "name1.=name2") return expect(parsed(text)).toEqual({ name1: { "": "name2" } });
    return expect(() => parsed(text)).toThrow(words);
  });

  it("keeps what was there, and replaces what is named", () => {
    expect(parsed("a.b=2,list[1]=z", {}, { a: { b: 1, c: 3 }, list: ["x", "y"] })).toEqual({
      a: { b: 2, c: 3 },
      list: ["x", "z"],
    });
  });
});

describe("its sisters", () => {
  it.each<readonly [string, SetOptions, unknown]>([
    ["long=1234567890,flag=true", { texts: true }, { long: "1234567890", flag: "true" }],
    ["l={1,2}", { texts: true }, { l: ["1", "2"] }],
    ['a={"b":[1,2],"c":"x,y"},d=true', { json: true }, { a: { b: [1, 2], c: "x,y" }, d: true }],
    ["a=null,b=1.5", { json: true }, { a: null, b: 1.5 }],
    ["x.y=a,b={c}\\d", { literal: true }, { x: { y: "a,b={c}\\d" } }],
    ["f=path", { read: (path) => `content of ${path}` }, { f: "content of path" }],
  ])("%s", (text, options, values) => {
    expect(parsed(text, options)).toEqual(values);
  });
});
