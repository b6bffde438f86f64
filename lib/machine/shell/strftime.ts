/** strftime(3) in UTC and English, as prompts and `printf %(...)T` use it. */
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** `time`: milliseconds since the epoch. */
export function formatTime(format: string, time: number): string {
  const date = new Date(time);
  const two = (value: number, fill = "0"): string => String(value).padStart(2, fill);
  const hour12 = date.getUTCHours() % 12 === 0 ? 12 : date.getUTCHours() % 12;
  const yearDay = Math.floor(
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) /
      86_400_000,
  );
  const fields: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getUTCFullYear()),
    y: () => two(date.getUTCFullYear() % 100),
    C: () => two(Math.floor(date.getUTCFullYear() / 100)),
    m: () => two(date.getUTCMonth() + 1),
    d: () => two(date.getUTCDate()),
    e: () => two(date.getUTCDate(), " "),
    H: () => two(date.getUTCHours()),
    k: () => two(date.getUTCHours(), " "),
    I: () => two(hour12),
    l: () => two(hour12, " "),
    M: () => two(date.getUTCMinutes()),
    S: () => two(date.getUTCSeconds()),
    N: () => String(date.getUTCMilliseconds() * 1_000_000).padStart(9, "0"),
    s: () => String(Math.floor(time / 1000)),
    j: () => String(yearDay + 1).padStart(3, "0"),
    p: () => (date.getUTCHours() < 12 ? "AM" : "PM"),
    P: () => (date.getUTCHours() < 12 ? "am" : "pm"),
    a: () => (DAYS[date.getUTCDay()] as string).slice(0, 3),
    A: () => DAYS[date.getUTCDay()] as string,
    b: () => (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
    h: () => (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
    B: () => MONTHS[date.getUTCMonth()] as string,
    u: () => String(date.getUTCDay() === 0 ? 7 : date.getUTCDay()),
    w: () => String(date.getUTCDay()),
    U: () => two(Math.floor((yearDay + 7 - date.getUTCDay()) / 7)),
    Z: () => "UTC",
    z: () => "+0000",
    n: () => "\n",
    t: () => "\t",
    "%": () => "%",
    F: () => formatTime("%Y-%m-%d", time),
    T: () => formatTime("%H:%M:%S", time),
    R: () => formatTime("%H:%M", time),
    D: () => formatTime("%m/%d/%y", time),
    x: () => formatTime("%m/%d/%y", time),
    X: () => formatTime("%H:%M:%S", time),
    r: () => formatTime("%I:%M:%S %p", time),
    c: () => formatTime("%a %b %e %H:%M:%S %Y", time),
  };
  return format.replace(/%([-_0^#]?)([A-Za-z%])/g, (whole, flag: string, letter: string) => {
    const field = fields[letter]?.();
    if (field === undefined) return whole;
    if (flag === "-") return field.replace(/^[0 ]+(?=.)/, "");
    return flag === "^" ? field.toUpperCase() : flag === "_" ? field.replace(/^0/, " ") : field;
  });
}
