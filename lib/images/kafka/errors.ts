/** Errors of Kafka's protocol (clients/src/main/java/org/apache/kafka/common/protocol/Errors.java). */
const ERRORS = {
  UNKNOWN_TOPIC_OR_PARTITION: ["UnknownTopicOrPartitionException", "This server does not host this topic-partition."],
  LEADER_NOT_AVAILABLE: [
    "LeaderNotAvailableException",
    "There is no leader for this topic-partition as we are in the middle of a leadership election.",
  ],
  NOT_LEADER_OR_FOLLOWER: [
    "NotLeaderOrFollowerException",
    "For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.",
  ],
  REQUEST_TIMED_OUT: ["TimeoutException", "The request timed out."],
  NOT_ENOUGH_REPLICAS: [
    "NotEnoughReplicasException",
    "Messages are rejected since there are fewer in-sync replicas than required.",
  ],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [
    "NotEnoughReplicasAfterAppendException",
    "Messages are written to the log, but to fewer in-sync replicas than required.",
  ],
  TOPIC_ALREADY_EXISTS: ["TopicExistsException", "Topic with this name already exists."],
  INVALID_TOPIC_EXCEPTION: [
    "InvalidTopicException",
    "The request attempted to perform an operation on an invalid topic.",
  ],
  INVALID_PARTITIONS: ["InvalidPartitionsException", "Number of partitions is below 1."],
  INVALID_REPLICATION_FACTOR: [
    "InvalidReplicationFactorException",
    "Replication factor is below 1 or larger than the number of available brokers.",
  ],
  INVALID_REPLICA_ASSIGNMENT: ["InvalidReplicaAssignmentException", "Replica assignment is invalid."],
  INVALID_CONFIG: ["InvalidConfigurationException", "Configuration is invalid."],
  INVALID_REQUEST: ["InvalidRequestException", "This most likely occurs because of a request being malformed."],
  COORDINATOR_NOT_AVAILABLE: ["CoordinatorNotAvailableException", "The coordinator is not available."],
  NOT_COORDINATOR: ["NotCoordinatorException", "This is not the correct coordinator."],
  UNKNOWN_MEMBER_ID: ["UnknownMemberIdException", "The coordinator is not aware of this member."],
  GROUP_ID_NOT_FOUND: ["GroupIdNotFoundException", "The group id does not exist."],
  NON_EMPTY_GROUP: ["GroupNotEmptyException", "The group is not empty."],
  OFFSET_OUT_OF_RANGE: [
    "OffsetOutOfRangeException",
    "The requested offset is not within the range of offsets maintained by the server.",
  ],
  NOT_CONTROLLER: ["NotControllerException", "This is not the correct controller for this cluster."],
  INCONSISTENT_CLUSTER_ID: [
    "InconsistentClusterIdException",
    "The clusterId in the request does not match that found on the server.",
  ],
  DUPLICATE_BROKER_REGISTRATION: ["DuplicateBrokerRegistrationException", "This broker ID is already in use."],
  FENCED_LEADER_EPOCH: [
    "FencedLeaderEpochException",
    "The leader epoch in the request is older than the epoch on the broker.",
  ],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [
    "EligibleLeadersNotAvailableException",
    "Eligible topic partition leaders are not available.",
  ],
  PREFERRED_LEADER_NOT_AVAILABLE: ["PreferredLeaderNotAvailableException", "The preferred leader was not available."],
  ELECTION_NOT_NEEDED: ["ElectionNotNeededException", "Leader election not needed for topic partition."],
  NO_REASSIGNMENT_IN_PROGRESS: ["NoReassignmentInProgressException", "No partition reassignment is in progress."],
  INVALID_RECORD: [
    "InvalidRecordException",
    "This record has failed the validation on broker and hence will be rejected.",
  ],
  OUT_OF_ORDER_SEQUENCE_NUMBER: ["OutOfOrderSequenceException", "The broker received an out of order sequence number."],
  MESSAGE_TOO_LARGE: [
    "RecordTooLargeException",
    "The request included a message larger than the max message size the server will accept.",
  ],
  KAFKA_STORAGE_ERROR: ["KafkaStorageException", "Disk error when trying to access log file on the disk."],
  UNSUPPORTED_VERSION: ["UnsupportedVersionException", "The version of API is not supported."],
} as const satisfies Readonly<Record<string, readonly [exception: string, message: string]>>;

export type ErrorCode = keyof typeof ERRORS;

/** A refusal by a broker or a controller. */
export class KafkaError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string = ERRORS[code][1]) {
    super(message);
    this.code = code;
  }
}

/** As a refusal travels, and back. */
export const encodeError = (error: unknown) =>
  error instanceof KafkaError ? JSON.stringify([error.code, error.message]) : undefined;

export function decodeError(text: string): KafkaError {
  const [code, message] = JSON.parse(text) as [ErrorCode, string];
  return new KafkaError(code, message);
}

/** "org.apache.kafka.common.errors.X: message". */
export const exceptionText = ({ code, message }: KafkaError) =>
  `org.apache.kafka.common.errors.${ERRORS[code][0]}: ${message}`;
