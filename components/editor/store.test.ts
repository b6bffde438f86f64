import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type Problem } from "../live/api.ts";
import { EditorStore } from "./store.ts";

/** A workspace in memory. */
function workspace(files: Record<string, string>) {
  const problems: Problem[] = [];
  return {
    texts: files,
    problems,
    files: async () => Object.keys(files).map((path) => ({ path, sizeBytes: 0, modified: 0 })),
    readFile: async (path: string) => {
      const text = files[path];
      if (text === undefined) throw new ApiError(404, "not-found", `no file ${path}`);
      return { path, text, modified: 0 };
    },
    writeFile: async (path: string, text: string) => {
      files[path] = text;
      return { path, text, modified: 0 };
    },
    removeFile: async (path: string) => {
      delete files[path];
      return {};
    },
    dryRun: async () => problems,
  };
}

describe("the editor's store", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("opens the lesson's file, else the first manifest", async () => {
    const store = new EditorStore(workspace({ "a.txt": "", "b.yaml": "b", "web.yaml": "w" }));
    await store.load("web.yaml");
    expect(store.get().open?.path).toBe("web.yaml");
    const other = new EditorStore(workspace({ "a.txt": "", "b.yaml": "b" }));
    await other.load("web.yaml");
    expect(other.get().open?.path).toBe("b.yaml");
  });

  it("leaves no file whose text could not be saved, or is in conflict, for another", async () => {
    const files = workspace({ "web.yaml": "old", "b.yaml": "b" });
    const store = new EditorStore(files);
    await store.load("web.yaml");
    store.edit("new");
    const { writeFile } = files;
    files.writeFile = async () => {
      throw new ApiError(507, "full", "no room");
    };
    await store.open("b.yaml");
    await store.create("c.yaml");
    expect([store.get().open?.path, store.get().open?.text, store.get().problem]).toEqual([
      "web.yaml",
      "new",
      "no room",
    ]);
    files.writeFile = writeFile;
    await store.create("c.yaml");
    expect([store.get().open?.path, files.texts["web.yaml"]]).toEqual(["c.yaml", "new"]);
  });

  it("saves by itself a moment after the last key", async () => {
    const files = workspace({ "web.yaml": "old" });
    const store = new EditorStore(files);
    await store.load("web.yaml");
    store.edit("new");
    expect(files.texts["web.yaml"]).toBe("old");
    await vi.advanceTimersByTimeAsync(1000);
    expect(files.texts["web.yaml"]).toBe("new");
    expect(store.get().open?.saved).toBe("new");
  });

  it("shows what the terminal wrote", async () => {
    const files = workspace({ "web.yaml": "old" });
    const store = new EditorStore(files);
    await store.load("web.yaml");
    files.texts["web.yaml"] = "from vi";
    await store.changed({ path: "web.yaml", change: "changed" });
    expect(store.get().open?.text).toBe("from vi");
  });

  it("asks who wins where both changed the file, and overwrites nobody before", async () => {
    const files = workspace({ "web.yaml": "old" });
    const store = new EditorStore(files);
    await store.load("web.yaml");
    store.edit("mine");
    files.texts["web.yaml"] = "theirs";
    await store.changed({ path: "web.yaml", change: "changed" });
    await vi.advanceTimersByTimeAsync(5000);
    expect(files.texts["web.yaml"]).toBe("theirs");
    expect(store.get().open).toMatchObject({ text: "mine", theirs: "theirs" });
    store.resolve("mine");
    await vi.advanceTimersByTimeAsync(1000);
    expect(files.texts["web.yaml"]).toBe("mine");
  });

  it("takes its own save coming back for no news", async () => {
    const store = new EditorStore(workspace({ "web.yaml": "old" }));
    await store.load("web.yaml");
    store.edit("first");
    await store.save();
    store.edit("second");
    await store.changed({ path: "web.yaml", change: "changed" });
    expect(store.get().open).toMatchObject({ text: "second", theirs: undefined });
  });

  it("shows what the API server says about the text, and forgets it for another text", async () => {
    const files = workspace({ "web.yaml": "old" });
    files.problems.push({ line: 3, column: 1, endLine: 3, endColumn: 9, message: "spec.selector: Required value" });
    const store = new EditorStore(files);
    await store.load("web.yaml");
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.get().open?.problems).toHaveLength(1);
    files.problems.length = 0;
    store.edit("better");
    await vi.advanceTimersByTimeAsync(2000);
    expect(store.get().open).toMatchObject({ problems: [], judged: true });
  });

  it("opens a file of the text as the text shows it where the workspace has none of that name", async () => {
    const files = workspace({});
    const store = new EditorStore(files);
    await store.open("pdb.yaml", "kind: PodDisruptionBudget\n");
    expect(files.texts["pdb.yaml"]).toBe("kind: PodDisruptionBudget\n");
    await store.open("pdb.yaml", "other");
    expect(store.get().open?.text).toBe("kind: PodDisruptionBudget\n");
  });
});
