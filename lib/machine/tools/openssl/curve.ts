/** Points of the curve P-256 in Jacobian coordinates. */
import { inverse } from "./numbers.ts";

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const BASE: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

type Jacobian = readonly [x: bigint, y: bigint, z: bigint];

const mod = (value: bigint): bigint => ((value % P) + P) % P;

function doubled([x, y, z]: Jacobian): Jacobian {
  if (y === 0n || z === 0n) return [1n, 1n, 0n];
  const zz = (z * z) % P;
  const s = mod(4n * x * y * y);
  const m = mod(3n * (x - zz) * (x + zz));
  const nx = mod(m * m - 2n * s);
  const yy = (y * y) % P;
  return [nx, mod(m * (s - nx) - 8n * yy * yy), mod(2n * y * z)];
}

function sum(a: Jacobian, b: Jacobian): Jacobian {
  if (a[2] === 0n) return b;
  if (b[2] === 0n) return a;
  const za = (a[2] * a[2]) % P;
  const zb = (b[2] * b[2]) % P;
  const ua = mod(a[0] * zb);
  const ub = mod(b[0] * za);
  const sa = mod(a[1] * zb * b[2]);
  const sb = mod(b[1] * za * a[2]);
  if (ua === ub) return sa === sb ? doubled(a) : [1n, 1n, 0n];
  const h = ub - ua;
  const r = sb - sa;
  const hh = mod(h * h);
  const hhh = mod(hh * h);
  const v = mod(ua * hh);
  const x = mod(r * r - hhh - 2n * v);
  return [x, mod(r * (v - x) - sa * hhh), mod(h * a[2] * b[2])];
}

function times(point: Point, factor: bigint): Jacobian {
  let out: Jacobian = [1n, 1n, 0n];
  for (const digit of factor.toString(2)) {
    out = doubled(out);
    if (digit === "1") out = sum(out, [point.x, point.y, 1n]);
  }
  return out;
}

function affine([x, y, z]: Jacobian): Point | undefined {
  if (z === 0n) return undefined;
  const inverted = inverse(z, P);
  const square = mod(inverted * inverted);
  return { x: mod(x * square), y: mod(y * square * inverted) };
}

/** The base point so many times; undefined: infinity. */
export const multiple = (factor: bigint): Point | undefined => affine(times(BASE, factor));

/** `one` times the base point and `two` times another. */
export const combination = (one: bigint, point: Point, two: bigint): Point | undefined =>
  affine(sum(times(BASE, one), times(point, two)));

export const onCurve = ({ x, y }: Point): boolean => mod(y * y) === mod(x * x * x - 3n * x + B);
