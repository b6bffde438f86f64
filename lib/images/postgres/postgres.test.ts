import { describe, expect, it } from "vitest";
import { State, Transaction } from "../kit/sql/state.ts";
import { conninfo } from "./messages.ts";
import { errorText, type Style, tableText } from "./psql-format.ts";
import { splitSql } from "./results.ts";
import { SessionSettings } from "./session-settings.ts";
import { hbaMethod } from "./settings.ts";

const style: Style = { aligned: true, tuplesOnly: false, expanded: false, csv: false, separator: "|", null: "" };
const result = {
  columns: [
    { name: "id", right: true },
    { name: "name", right: false },
  ],
  rows: [
    ["1", "Ann"],
    ["10", null],
  ],
};

describe("psql", () => {
  it("sets tables", () => {
    expect(tableText(result, style)).toBe(" id | name \n----+------\n  1 | Ann\n 10 | \n(2 rows)\n\n");
    expect(tableText(result, { ...style, aligned: false, tuplesOnly: true })).toBe("1|Ann\n10|\n");
    expect(tableText(result, { ...style, csv: true })).toBe("id,name\n1,Ann\n10,\n");
    expect(tableText({ ...result, rows: [["1", "Ann"]] }, { ...style, expanded: true })).toBe(
      "-[ RECORD 1 ]\nid   | 1\nname | Ann\n\n",
    );
  });

  it("points at the place an error is about", () => {
    const sql = "SELECT *\nFROM nope";
    expect(errorText({ severity: "ERROR", state: "42P01", message: "x", sql, at: 14 })).toBe(
      "ERROR:  x\nLINE 2: FROM nope\n             ^\n",
    );
  });

  it("splits texts at semicolons outside of quotes and comments", () => {
    const { statements, rest } = splitSql("SELECT ';'; -- ;\nSELECT $$;$$; SEL");
    expect(statements.map(({ sql }) => sql)).toEqual(["SELECT ';'", "-- ;\nSELECT $$;$$"]);
    expect(rest.trim()).toBe("SEL");
  });

  it("reads connection strings of both kinds", () => {
    expect(Object.fromEntries(conninfo("host=db user=repl password='a b'"))).toEqual({
      host: "db",
      user: "repl",
      password: "a b",
    });
    expect(Object.fromEntries(conninfo("postgresql://u:p%40@h:1/d?application_name=x"))).toEqual({
      user: "u",
      password: "p@",
      host: "h",
      port: "1",
      dbname: "d",
      application_name: "x",
    });
  });
});

describe("pg_hba.conf", () => {
  const text = "local all all trust\nhost all all 10.0.0.0/8 md5 # net\nhost replication repl all scram-sha-256\n";
  const knock = { local: false, address: "10.1.2.3", user: "app", database: "shop" };

  it("has the first line that fits decide, and replication only where it is named", () => {
    expect(hbaMethod(text, knock)).toBe("md5");
    expect(hbaMethod(text, { ...knock, local: true })).toBe("trust");
    expect(hbaMethod(text, { ...knock, address: "192.168.0.1" })).toBeUndefined();
    expect(hbaMethod(text, { ...knock, database: "replication" })).toBeUndefined();
    expect(hbaMethod(text, { ...knock, user: "repl", database: "replication" })).toBe("scram-sha-256");
  });
});

describe("a transaction", () => {
  const relation = {
    oid: 5,
    database: "d",
    name: "t",
    kind: "table" as const,
    owner: "o",
    columns: [],
    constraints: [],
    indexes: [],
  };

  it("shows its own changes to itself alone, until they are applied", () => {
    const state = new State();
    state.apply([
      { c: "rel", relation },
      { c: "put", oid: 5, id: 1, row: ["a"] },
    ]);
    const mine = new Transaction(state);
    mine.put(5, ["b"]);
    mine.remove(5, 1);
    const rows = (transaction: Transaction) => [...transaction.rows(5)].map(([, row]) => row[0]);
    expect(rows(mine)).toEqual(["b"]);
    expect(rows(new Transaction(state))).toEqual(["a"]);
    state.apply(mine.changes);
    expect(rows(new Transaction(state))).toEqual(["b"]);
  });

  it("leaves the same state on a standby that gets the same changes", () => {
    const [primary, standby] = [new State(), new State()];
    primary.apply([{ c: "rel", relation }]);
    standby.load(structuredClone(primary.dump()));
    const transaction = new Transaction(primary);
    transaction.put(5, ["x"]);
    primary.apply(transaction.changes);
    standby.apply(JSON.parse(JSON.stringify(transaction.changes)) as never);
    expect(standby.dump()).toEqual(primary.dump());
  });
});

describe("settings of a session", () => {
  it("go back where the transaction that set them is rolled back, or where they were for it alone", () => {
    const settings = new SessionSettings();
    settings.set("datestyle", "ISO", false);
    settings.commit();
    settings.set("datestyle", "German", false);
    settings.set("time", "Europe/Berlin", false);
    settings.rollBack();
    expect([settings.get("datestyle"), settings.get("timezone")]).toEqual(["ISO", undefined]);
    settings.set("datestyle", "German", true);
    settings.set("lock_timeout", "5", true);
    settings.set("lock_timeout", "7", false);
    expect(settings.get("datestyle")).toBe("German");
    settings.commit();
    expect([settings.get("datestyle"), settings.get("lock_timeout")]).toEqual(["ISO", "7"]);
  });

  it("refuse what only a server that starts reads", () => {
    expect(() => new SessionSettings().set("port", "1", false)).toThrow(
      'parameter "port" cannot be changed without restarting the server',
    );
  });
});
