/** Dates as people write them. Machines live in UTC. */
const UNIT_MS: Readonly<Record<string, number>> = {
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  fortnight: 1_209_600_000,
};

/** What `date -d` understands of dates. Undefined where it does not. */
export function parseDate(text: string, now: number): number | undefined {
  let rest = text.trim();
  let time = now;
  if (rest.startsWith("@")) return /^@-?\d+(\.\d+)?$/.test(rest) ? Number(rest.slice(1)) * 1000 : undefined;
  const day = Math.floor(now / 86_400_000) * 86_400_000;
  const absolute =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?/.exec(rest);
  if (absolute !== null) {
    const [all, year, month, date, hour = "0", minute = "0", second = "0", fraction = "0", zone = "Z"] = absolute;
    time =
      Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hour), Number(minute), Number(second)) +
      Number(`0.${fraction}`) * 1000;
    if (/^[+-]/.test(zone))
      time -= (zone[0] === "-" ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
    rest = rest.slice(all.length);
  } else {
    const clock = /^(\d\d?):(\d\d)(?::(\d\d))?/.exec(rest);
    if (clock !== null) {
      time = day + Number(clock[1]) * 3_600_000 + Number(clock[2]) * 60_000 + Number(clock[3] ?? 0) * 1000;
      rest = rest.slice(clock[0].length);
    }
  }
  while (rest.trim() !== "") {
    rest = rest.trimStart();
    const word = /^(now|today|tomorrow|yesterday|midnight|UTC)\b/i.exec(rest)?.[0];
    if (word !== undefined) {
      rest = rest.slice(word.length);
      const lower = word.toLowerCase();
      if (lower === "tomorrow") time += 86_400_000;
      else if (lower === "yesterday") time -= 86_400_000;
      else if (lower === "midnight") time = day;
      continue;
    }
    const relative =
      /^([+-]?\s*\d+|next|last|a|an)?\s*(sec|second|min|minute|hour|day|week|fortnight|month|year)s?(\s+ago)?\b/i.exec(
        rest,
      );
    if (relative === null) return undefined;
    const [all, amount = "1", unit = "", ago] = relative;
    const count =
      (amount === "next" || amount.startsWith("a") ? 1 : amount === "last" ? -1 : Number(amount.replace(/\s/g, ""))) *
      (ago === undefined ? 1 : -1);
    const ms = UNIT_MS[unit.toLowerCase()];
    if (ms !== undefined) time += count * ms;
    else {
      const date = new Date(time);
      if (unit.toLowerCase() === "month") date.setUTCMonth(date.getUTCMonth() + count);
      else date.setUTCFullYear(date.getUTCFullYear() + count);
      time = date.getTime();
    }
    rest = rest.slice(all.length);
  }
  return time;
}
