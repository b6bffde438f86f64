/** Monaco's background worker (diffs, links, word completion), served by ourselves. */
import "monaco-editor/editor/editor.worker.js";
