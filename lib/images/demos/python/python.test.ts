/** Programs and what CPython 3.11 makes of them: output, the last line of its complaint, status. */
import { describe, expect, it } from "vitest";
import { testMachine } from "../../../machine/testing.test-helper.ts";
import { runPython } from "./index.ts";

async function run(source: string) {
  const machine = testMachine({ python: (process) => runPython(process, source, "<string>") });
  const { child, output, errors } = machine.run(["python"]);
  const ended = child.exited;
  await machine.clock.advance(10_000);
  return { out: output(), complaint: errors(), status: (await ended).code };
}

const RECORDED: readonly (readonly [string, string, string, number])[] = [
  [
    "print(1, 1.0, 4/2, 7//2, -7//2, 7%3, -7%3, 7.5%2, 2**10, 2**-1, -2**2, 2**3**2)",
    "1 1.0 2.0 3 -4 1 2 1.5 1024 0.5 -4 512\n",
    "",
    0,
  ],
  [
    "print(0.1+0.2, 1/3, 100000.0*1000000000000, 0.00001, 0.0001, 12345.678)",
    "0.30000000000000004 0.3333333333333333 1e+17 1e-05 0.0001 12345.678\n",
    "",
    0,
  ],
  [
    "print(True + 1, 1 == 1.0, 1 == True, 'a' == 1, not 0.0, 3 > 2.5, 'a' < 'b')",
    "2 True True False True True True\n",
    "",
    0,
  ],
  [
    "print(int(3.9), int(-3.9), int(' 42 '), float(3), float('2.50'), str(1.5), len('abc'))",
    "3 -3 42 3.0 2.5 1.5 3\n",
    "",
    0,
  ],
  [
    "print(['a', \"it's\", 'tab\\t', 1.0, None, True, [1]])",
    "['a', \"it's\", 'tab\\t', 1.0, None, True, [1]]\n",
    "",
    0,
  ],
  ["x = 1\nx += 2\nx *= 3\nx -= 0.5\nprint(x)", "8.5\n", "", 0],
  ["print('' or 'else', 0 and nothing, 1 and 2, 1 or missing(), None or 0)", "else 0 2 1 0\n", "", 0],
  ["for i in range(3):\n    if i == 1:\n        continue\n    print(i, end=' ')\nprint()", "0 2 \n", "", 0],
  ["n = 0\nwhile True:\n    n += 1\n    if n > 4: break\nprint(n)", "5\n", "", 0],
  ["print(f\"{1/4} and {'x' + 'y'} {[1, 'a']}\")", "0.25 and xy [1, 'a']\n", "", 0],
  ["print(1/0)", "", "ZeroDivisionError: division by zero", 1],
  ["print(''.split(), ' a  b '.split(), 'a,b'.split(','))", "[] ['a', 'b'] ['a', 'b']\n", "", 0],
  ["print('a'.split(''))", "", "ValueError: empty separator", 1],
  ["print(range(0, 5, 0))", "", "ValueError: range() arg 3 must not be zero", 1],
  ["import os\nprint(os.environ.get('NOTHING', 'else'), 1, sep='-', flush=True)", "else-1\n", "", 0],
  ["print(1//0)", "", "ZeroDivisionError: integer division or modulo by zero", 1],
  ["print(1%0)", "", "ZeroDivisionError: integer modulo by zero", 1],
  ["print(1.0/0)", "", "ZeroDivisionError: float division by zero", 1],
  ["print(1.5//0)", "", "ZeroDivisionError: float floor division by zero", 1],
  ["print(1.5%0)", "", "ZeroDivisionError: float modulo", 1],
  ["print('a' + 1)", "", 'TypeError: can only concatenate str (not "int") to str', 1],
  ["print(1 + 'a')", "", "TypeError: unsupported operand type(s) for +: 'int' and 'str'", 1],
  ["print(None + 1)", "", "TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'", 1],
  ["print([1][3])", "", "IndexError: list index out of range", 1],
  ["print('abc'[5])", "", "IndexError: string index out of range", 1],
  ["print('abc'[-1], [1, 2][-2])", "c 1\n", "", 0],
  ["print(int('x'))", "", "ValueError: invalid literal for int() with base 10: 'x'", 1],
  ["print(float('x'))", "", "ValueError: could not convert string to float: 'x'", 1],
  ["print(unknown)", "", "NameError: name 'unknown' is not defined", 1],
  ["print('a' < 1)", "", "TypeError: '<' not supported between instances of 'str' and 'int'", 1],
  ["print(len(5))", "", "TypeError: object of type 'int' has no len()", 1],
  ["'a'.b", "", "AttributeError: 'str' object has no attribute 'b'", 1],
  ["print(5())", "", "TypeError: 'int' object is not callable", 1],
  ["for x in 5:\n    pass", "", "TypeError: 'int' object is not iterable", 1],
  ['print("a" in "abc", 2 in [1, 2], 3 not in [1, 2], None is None)', "True True True True\n", "", 0],
  ["import sys\nsys.exit('bad')", "", "bad\n", 1],
  ["import sys\nsys.exit(7)", "", "", 7],
  ["import sys\nprint('e', file=sys.stderr)", "", "e\n", 0],
  [
    "print('a,b'.split(','), ' x y '.split(), ' x '.strip(), 'aB'.upper(), 'abc'.startswith('ab'))",
    "['a', 'b'] ['x', 'y'] x AB True\n",
    "",
    0,
  ],
  ["print(-0.0, 0 * -1, -5 ** 2, --5)", "-0.0 0 -25 5\n", "", 0],
  ["break", "", "  File \"<string>\", line 1\nSyntaxError: 'break' outside loop\n", 1],
  ["for c in 'a:b': print(c, end='|')", "a|:|b|", "", 0],
  ["i = 0\nwhile i < 3: i += 1\nprint(i)", "3\n", "", 0],
  ["if False: print(1)\nelif True: print('two: 2')\nelse: print(3)", "two: 2\n", "", 0],
  ["print('x' * 3, [1] + [2])", "xxx [1, 2]\n", "", 0],
];

describe("the part of Python that is here", () => {
  it.each(RECORDED)("runs %j", async (source, out, complaint, status) => {
    const found = await run(source);
    const [first = "", ...rest] = found.complaint.trimEnd().split("\n");
    const last = first.startsWith("Traceback") ? (rest.at(-1) ?? "") : found.complaint;
    expect({ ...found, complaint: last }).toEqual({ out, complaint, status });
  });

  it.each([
    ["print({})", "a dictionary"],
    ["print((1, 2))", "a tuple"],
    ["def f(): pass", "def"],
    ["import numpy", "the module numpy"],
    ["print('%s' % 1)", "the operator % on texts"],
    ["print(2 ** 64)", "an integer that large"],
    ["print(sum([1]))", "sum"],
    ["print(1 if True else 2)", "a condition in an expression"],
    ["print('abc'[1:])", "a slice"],
    ["print(f'{1:>5}')", "a format in an f-string"],
    ["print(range(10000000))", "a range that long"],
    ["print(int('ff', 16))", "built-in function int with 2 arguments"],
    ["print(int('12', base=8))", "built-in function int with the argument base"],
    ["print('xax'.strip('x'))", "built-in method strip with an argument"],
    ["print(1, colour=2)", "built-in function print with the argument colour"],
  ])("refuses %j by name", async (source, what) => {
    expect(await run(source)).toEqual({
      out: "",
      complaint: `python: ${what} is not supported here: only a small part of Python is run\n`,
      status: 2,
    });
  });
});
