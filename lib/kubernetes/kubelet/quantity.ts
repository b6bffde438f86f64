/** Quantities as numbers: what the kubelet needs of k8s.io/apimachinery/pkg/api/resource. */
const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The value of a quantity; undefined where it is none. */
export function quantityValue(text: string | number | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(String(text));
  const factor = match === null ? undefined : SUFFIXES[match[2] ?? ""];
  const number = Number(match?.[1]);
  return factor === undefined || Number.isNaN(number) ? undefined : number * factor;
}
