/** Errors of etcd's API (api/v3rpc/rpctypes/error.go): the message, and the gRPC code that comes with it. */
const ERRORS = {
  EmptyKey: [3, "etcdserver: key is not provided"],
  ValueProvided: [3, "etcdserver: value is provided"],
  DuplicateKey: [3, "etcdserver: duplicate key given in txn request"],
  InvalidSort: [3, "etcdserver: invalid sort option"],
  TooManyOps: [3, "etcdserver: too many operations in txn request"],
  Compacted: [11, "etcdserver: mvcc: required revision has been compacted"],
  FutureRevision: [11, "etcdserver: mvcc: required revision is a future revision"],
  NoSpace: [8, "etcdserver: mvcc: database space exceeded"],
  LeaseNotFound: [5, "etcdserver: requested lease not found"],
  LeaseExists: [9, "etcdserver: lease already exists"],
  LeaseTooLarge: [11, "etcdserver: too large lease TTL"],
  MemberExists: [9, "etcdserver: member ID already exist"],
  PeerUrlExists: [9, "etcdserver: Peer URLs already exists"],
  BadPeerUrls: [3, "etcdserver: given member URLs are invalid"],
  NotEnoughStarted: [9, "etcdserver: re-configuration failed due to not enough started members"],
  MemberNotFound: [5, "etcdserver: member not found"],
  NotLearner: [9, "etcdserver: can only promote a learner member"],
  LearnerNotReady: [9, "etcdserver: can only promote a learner member which is in sync with leader"],
  TooManyLearners: [9, "etcdserver: too many learner members in cluster"],
  RequestTooLarge: [3, "etcdserver: request is too large"],
  NoLeader: [14, "etcdserver: no leader"],
  NotLeader: [9, "etcdserver: not leader"],
  BadTransferee: [9, "etcdserver: bad leader transferee"],
  Timeout: [14, "etcdserver: request timed out"],
  Unhealthy: [14, "etcdserver: unhealthy cluster"],
  LearnerRpc: [14, "etcdserver: rpc not supported for learner"],
  KeyNotFound: [3, "etcdserver: key not found"],
} as const satisfies Readonly<Record<string, readonly [code: number, message: string]>>;

export type ErrorName = keyof typeof ERRORS;

/** A refusal in etcd's words. */
export class EtcdError extends Error {
  readonly code: number;
  constructor(name: ErrorName) {
    super(ERRORS[name][1]);
    this.code = ERRORS[name][0];
  }
}

/** A refusal in our own words, for what is not served here. */
export class Unsupported extends Error {}
