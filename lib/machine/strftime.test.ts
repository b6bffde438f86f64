import { describe, expect, it } from "vitest";
import { formatDate } from "./strftime.ts";

const MOMENTS = [0, 1_735_689_600_500, 1_482_624_000_000, -86_400_000];

describe("formatDate", () => {
  // What GNU date says of the four moments.
  it.each([
    ["%N|%3N|%6N", ["000000000|000|000000", "500000000|500|500000", "000000000|000|000000", "000000000|000|000000"]],
    [
      "%_d|%-d|%05d|%_5d|%^a|%#p|%-H|%_H|%e|%-e|%_j|%-j",
      [
        " 1|1|00001|    1|THU|am|0| 0| 1|1|  1|1",
        " 1|1|00001|    1|WED|am|0| 0| 1|1|  1|1",
        "25|25|00025|   25|SUN|am|0| 0|25|25|360|360",
        "31|31|00031|   31|WED|am|0| 0|31|31|365|365",
      ],
    ],
    [
      "%G-%V|%g|%q|%:z|%::z|%:::z",
      [
        "1970-01|70|1|+00:00|+00:00:00|+00",
        "2025-01|25|1|+00:00|+00:00:00|+00",
        "2016-51|16|4|+00:00|+00:00:00|+00",
        "1970-01|70|4|+00:00|+00:00:00|+00",
      ],
    ],
    [
      "%C|%y|%EY|%Od|%Z|%#Z|%^B|%10a|%-10a|%010a",
      [
        "19|70|1970|01|UTC|utc|JANUARY|       Thu|Thu|0000000Thu",
        "20|25|2025|01|UTC|utc|JANUARY|       Wed|Wed|0000000Wed",
        "20|16|2016|25|UTC|utc|DECEMBER|       Sun|Sun|0000000Sun",
        "19|69|1969|31|UTC|utc|DECEMBER|       Wed|Wed|0000000Wed",
      ],
    ],
  ])("%s", (format, expected) => {
    expect(MOMENTS.map((time) => formatDate(time, format, "gnu"))).toEqual(expected);
  });

  it("keeps GNU's own conversions for date: the C library leaves them as they are", () => {
    expect(formatDate(0, "%N %q %:z %v %!")).toBe("%N %q %:z %v %!");
  });
});
