import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Edit, EditAnswer, EditId, TerminalId } from "../../lib/sandbox/types.ts";
import { ApiError } from "./api.ts";
import { type EditNews, EditsStore } from "./edits.ts";

const edit = (change: Partial<Edit> = {}): Edit => ({
  id: "e1" as EditId,
  terminal: "1" as TerminalId,
  command: "kubectl edit",
  subject: "Deployment/web",
  format: "yaml",
  original: "replicas: 1\n",
  text: "replicas: 1\n",
  revision: 0,
  returned: false,
  ...change,
});

/** A server with one edit, as lib/sandbox keeps it. */
function server(first: Edit = edit()) {
  const files: Record<string, string> = {};
  const state = { edit: first as Edit | undefined, away: false, files, saved: undefined as string | undefined };
  const keep = async (id: string, text: string, revision: number): Promise<EditAnswer> => {
    if (state.away) throw new ApiError(0, "unreachable", "fetch failed");
    if (state.edit === undefined || state.edit.id !== id) throw new ApiError(404, "edit-ended", "it has ended");
    if (state.edit.text === text) return { revision: state.edit.revision };
    if (revision !== state.edit.revision) return { theirs: { text: state.edit.text, revision: state.edit.revision } };
    state.edit = { ...state.edit, text, revision: revision + 1 };
    return { revision: revision + 1 };
  };
  return {
    state,
    keepEdit: keep,
    saveEdit: async (id: string, text: string, revision: number) => {
      const answer = await keep(id, text, revision);
      if ("theirs" in answer) return answer;
      state.saved = text;
      state.edit = undefined;
      return answer;
    },
    cancelEdit: async () => {
      if (state.away) throw new ApiError(0, "unreachable", "fetch failed");
      state.edit = undefined;
      return {};
    },
    files: async () => Object.keys(files).map((path) => ({ path, sizeBytes: 0, modified: 0 })),
    writeFile: async (path: string, text: string) => {
      files[path] = text;
      return { path, text, modified: 0 };
    },
  };
}

function browser() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    size: () => kept.size,
  };
}

describe("texts that commands wait for", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const page = (api: ReturnType<typeof server>, storage = browser()) => {
    const store = new EditsStore(() => api, storage);
    const news: EditNews[] = [];
    store.onNews((one) => news.push(one));
    store.load("box", api.state.edit === undefined ? [] : [api.state.edit]);
    return { store, news, one: () => store.get().open[0], storage };
  };

  it("come to the front when their command begins, and go when it ends", () => {
    const { store, news } = page({ ...server(), state: { ...server().state, edit: undefined } });
    store.receive({ type: "opened", edit: edit() });
    expect(store.get()).toMatchObject({ active: "e1", open: [{ text: "replicas: 1\n" }] });
    store.receive({ type: "ended", id: "e1" as EditId, how: "gone" });
    expect(store.get()).toMatchObject({ active: undefined, open: [], left: [] });
    expect(news).toEqual([
      { type: "opened", id: "e1" },
      { type: "closed", id: "e1", terminal: "1" },
    ]);
  });

  it("are kept on the server a moment after the last key", async () => {
    const api = server();
    const { store, one } = page(api);
    store.type("e1", "replicas: 2\n");
    store.type("e1", "replicas: 3\n");
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.state.edit).toMatchObject({ text: "replicas: 3\n", revision: 1 });
    expect(one()).toMatchObject({ kept: "replicas: 3\n", revision: 1 });
  });

  it("are saved as they are, after what is on its way", async () => {
    const api = server();
    const { store, storage } = page(api);
    store.type("e1", "replicas: 2\n");
    await vi.advanceTimersByTimeAsync(300);
    store.type("e1", "replicas: 5\n");
    await store.save("e1");
    expect(api.state.saved).toBe("replicas: 5\n");
    expect(store.get().open).toEqual([]);
    expect(storage.size()).toBe(0);
  });

  it("are there after a reload, with the key that was pressed last", async () => {
    const api = server();
    const first = page(api);
    first.store.type("e1", "replicas: 2\n");
    await vi.advanceTimersByTimeAsync(1000);
    first.store.type("e1", "replicas: 23\n");
    first.store.keepHere();
    vi.clearAllTimers();
    const again = page(api, first.storage);
    expect(again.one()).toMatchObject({ text: "replicas: 23\n", theirs: undefined });
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.state.edit?.text).toBe("replicas: 23\n");
  });

  it("take no own text for another window's where the answer was lost", async () => {
    const api = server();
    const first = page(api);
    first.store.type("e1", "replicas: 2\n");
    await vi.advanceTimersByTimeAsync(1000);
    first.store.type("e1", "replicas: 3\n");
    first.store.keepHere();
    // What was written down is older than what the server got.
    const again = page(api, first.storage);
    expect(again.one()?.theirs).toBeUndefined();
  });

  it("outlive a lost connection, and are sent when it is back", async () => {
    const api = server();
    const { store, one } = page(api);
    api.state.away = true;
    store.type("e1", "replicas: 2\n");
    await vi.advanceTimersByTimeAsync(1000);
    await store.save("e1");
    expect(one()).toMatchObject({ text: "replicas: 2\n", problem: "fetch failed", closing: undefined });
    api.state.away = false;
    store.load("box", [edit()]);
    expect(one()?.text).toBe("replicas: 2\n");
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.state.edit?.text).toBe("replicas: 2\n");
  });

  it("follow another window while nothing was typed here", () => {
    const { store, one } = page(server());
    store.receive({ type: "changed", edit: edit({ text: "replicas: 9\n", revision: 1 }) });
    expect(one()).toMatchObject({ text: "replicas: 9\n", revision: 1, theirs: undefined });
  });

  it("ask who wins where two windows wrote, and send nothing before", async () => {
    const api = server();
    const { store, one } = page(api);
    store.type("e1", "mine: 1\n");
    api.state.edit = edit({ text: "theirs: 1\n", revision: 1 });
    store.receive({ type: "changed", edit: api.state.edit });
    await vi.advanceTimersByTimeAsync(1000);
    await store.save("e1");
    expect(api.state).toMatchObject({ saved: undefined, edit: { text: "theirs: 1\n" } });
    expect(one()).toMatchObject({ text: "mine: 1\n", theirs: { text: "theirs: 1\n", revision: 1 } });
    // A new connection does not settle it.
    store.load("box", [api.state.edit]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.state.edit.text).toBe("theirs: 1\n");
    store.resolve("e1", "mine");
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.state.edit).toMatchObject({ text: "mine: 1\n", revision: 2 });
  });

  it("are asked about when saving meets what another window wrote", async () => {
    const api = server();
    const { store, one } = page(api);
    store.type("e1", "mine: 1\n");
    api.state.edit = edit({ text: "theirs: 1\n", revision: 1 });
    await store.save("e1");
    expect(one()).toMatchObject({ closing: undefined, theirs: { text: "theirs: 1\n" } });
    store.resolve("e1", "theirs");
    await store.save("e1");
    expect(api.state.saved).toBe("theirs: 1\n");
  });

  it("stay at hand where their command ended without them", async () => {
    const api = server();
    const { store, storage } = page(api);
    api.state.files["web-edit.yaml"] = "taken";
    store.type("e1", "replicas: 4\n");
    await vi.advanceTimersByTimeAsync(1000);
    store.receive({ type: "ended", id: "e1" as EditId, how: "gone" });
    expect(store.get().left).toMatchObject([
      { id: "e1", subject: "Deployment/web", text: "replicas: 4\n", why: "gone" },
    ]);
    // Over a reload too.
    const again = page({ ...api, state: { ...api.state, edit: undefined } }, storage);
    expect(again.store.get().left).toMatchObject([{ id: "e1", text: "replicas: 4\n" }]);
    expect(await again.store.keepAsFile("e1")).toBe("web-edit-2.yaml");
    expect(api.state.files["web-edit-2.yaml"]).toBe("replicas: 4\n");
    expect(again.store.get().left).toEqual([]);
    expect(storage.size()).toBe(0);
  });

  it("stay at hand after Cancel where something was written, and only then", async () => {
    const api = server();
    const { store } = page(api);
    store.type("e1", "replicas: 4\n");
    await store.cancel("e1");
    expect(store.get()).toMatchObject({ open: [], left: [{ why: "cancelled", text: "replicas: 4\n" }] });
    store.drop("e1");
    api.state.edit = edit({ id: "e2" as EditId });
    store.receive({ type: "opened", edit: api.state.edit });
    await store.cancel("e2");
    expect(store.get()).toMatchObject({ open: [], left: [] });
  });

  it("stay at hand after Cancel though the server tells of the end before it answers", async () => {
    const api = server();
    const { store } = page(api);
    store.type("e1", "replicas: 4\n");
    await vi.advanceTimersByTimeAsync(1000);
    const cancelling = store.cancel("e1");
    store.receive({ type: "ended", id: "e1" as EditId, how: "cancelled" });
    await cancelling;
    expect(store.get()).toMatchObject({ open: [], left: [{ why: "cancelled", text: "replicas: 4\n" }] });
  });

  it("leave nothing behind where another window saved them", () => {
    const { store, storage } = page(server());
    store.receive({ type: "changed", edit: edit({ text: "replicas: 9\n", revision: 1 }) });
    store.receive({ type: "ended", id: "e1" as EditId, how: "saved" });
    expect(store.get()).toMatchObject({ open: [], left: [] });
    expect(storage.size()).toBe(0);
  });

  it("are not mistaken for an earlier one of the same name", () => {
    const api = server();
    const first = page(api);
    first.store.type("e1", "replicas: 7\n");
    first.store.keepHere();
    api.state.edit = edit({ original: "kind: Other\n", text: "kind: Other\n" });
    expect(page(api, first.storage).one()?.text).toBe("kind: Other\n");
  });

  it("end with a browser that keeps nothing as well", async () => {
    const api = server();
    const store = new EditsStore(() => api, {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
      removeItem: () => undefined,
    });
    store.load("box", [edit()]);
    store.type("e1", "replicas: 2\n");
    await store.save("e1");
    expect(api.state.saved).toBe("replicas: 2\n");
  });
});
