/** What the members of a group (group.ts) say to each other. */

export interface View {
  readonly id: number;
  /** In order of joining: the first one orders changes. */
  readonly members: readonly { readonly name: string; readonly address: string }[];
}

/** One line of JSON each. */
export type Message =
  | { readonly type: "probe" }
  | {
      readonly type: "status";
      readonly name: string;
      readonly primary: boolean;
      /** It gathers a majority of the last view, to lead it. */
      readonly forming: boolean;
      readonly seqno: number;
      readonly view: View | undefined;
      readonly sequencer: string;
    }
  | { readonly type: "fetch" }
  | { readonly type: "join"; readonly name: string; readonly address: string; readonly seqno: number }
  | { readonly type: "state"; readonly seqno: number; readonly dump: string }
  | { readonly type: "view"; readonly view: View }
  | { readonly type: "halt" }
  | { readonly type: "leave" }
  | { readonly type: "submit"; readonly id: number; readonly change: string }
  | {
      readonly type: "commit";
      readonly seqno: number;
      readonly change: string;
      readonly origin: string;
      readonly id: number;
    }
  | { readonly type: "ack"; readonly seqno: number }
  | { readonly type: "done"; readonly id: number };

export type Status = Extract<Message, { type: "status" }>;
