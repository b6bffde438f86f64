/** Which panes are seen. Sizes live in CSS variables (see sizes.ts). Framework-free. */
import { Store } from "../live/store.ts";

export type UpperPane = "editor" | "cluster" | "timeline";
export type Pane = "text" | "terminal" | UpperPane;

export const upperPanes: readonly UpperPane[] = ["editor", "cluster", "timeline"];
const isUpper = (pane: Pane): pane is UpperPane => (upperPanes as readonly Pane[]).includes(pane);

interface LayoutState {
  /** The tab above the terminal. */
  readonly upper: UpperPane;
  /** The only pane that is seen on a narrow screen. */
  readonly narrow: Pane;
  /** The pane that has the whole window. */
  readonly maximised: "text" | "upper" | "terminal" | undefined;
}

export class LayoutStore extends Store<LayoutState> {
  constructor(upper: UpperPane) {
    super({ upper, narrow: "text", maximised: undefined });
  }

  /** Brings a pane to where it can be seen, on wide and narrow screens. */
  show(pane: Pane): void {
    const state = this.get();
    const part = isUpper(pane) ? "upper" : pane;
    this.set({
      upper: isUpper(pane) ? pane : state.upper,
      narrow: pane,
      maximised: state.maximised === undefined || state.maximised === part ? state.maximised : undefined,
    });
  }

  toggleMaximised(part: "text" | "upper" | "terminal"): void {
    this.update({ maximised: this.get().maximised === part ? undefined : part });
  }
}
