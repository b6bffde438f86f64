/** Whole numbers that a double cannot hold, on this side of a server. */
import { lines, type Scenario } from "./scenario.ts";

const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sums.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: sums, singular: sum, kind: Sum}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`;
const SUM = `apiVersion: example.com/v1
kind: Sum
metadata: {name: big}
spec:
  most: 9223372036854775807
  least: -9223372036854775808
  odd: 9007199254740993
  unsigned: 18446744073709551615
  more: 123456789012345678901234567890
  hex: 0x7fffffffffffffff
  low: [-9007199254740993, {a: 9007199254740995}]
  float: 0.0000001
`;
const JSON_SUM =
  '{"apiVersion":"example.com/v1","kind":"Sum","metadata":{"name":"j"},"spec":{"most":9223372036854775807,"odd":9007199254740993,"unsigned":18446744073709551615,"text":"9007199254740993"}}';

const FORMATS = [
  "yaml",
  "json",
  "jsonpath={.spec.odd}",
  "jsonpath={.spec}",
  "jsonpath-as-json={.spec.low}",
  "go-template={{.spec.most}}",
];
const inAll = (line: string): string => FORMATS.map((format) => `${line} -o ${format}`).join("\n");

export const NUMBERS: Scenario = {
  name: "whole numbers of 64 bits",
  files: { "definition.yaml": DEFINITION, "sum.yaml": SUM, "sum.json": JSON_SUM },
  steps: lines(`
    create -f definition.yaml
    wait --for=condition=established crd/sums.example.com
    ${inAll("create -f sum.yaml --dry-run=client")}
    ${inAll("create -f sum.json --dry-run=client")}
    ${inAll("label --local -f sum.yaml x=y")}
    annotate --local -f sum.json x=y -o yaml
    apply -f sum.yaml --dry-run=client -o yaml
    apply -f sum.json --dry-run=client -o json
    create -f sum.json --save-config --dry-run=client -o yaml
    replace -f sum.yaml --dry-run=client -o yaml
    patch --local -f sum.json --type=merge -p '{"spec":{"most":9007199254740997}}' -o json
    patch --local -f sum.yaml --type=merge -p 'spec: {most: 9007199254740997}' -o yaml
    patch --local -f sum.json --type=json -p '[{"op":"test","path":"/spec/odd","value":9007199254740993},{"op":"add","path":"/spec/x","value":9007199254740999}]' -o yaml
    patch --local -f sum.json --type=json -p '[{"op":"test","path":"/spec/odd","value":9007199254740992}]' -o yaml
    run x --image=a --overrides '{"spec":{"terminationGracePeriodSeconds":9007199254740993}}' --override-type=merge --dry-run=client -o json
    run x --image=a --overrides '{"spec":{"terminationGracePeriodSeconds":9007199254740993}}' --dry-run=client -o yaml
  `),
};
