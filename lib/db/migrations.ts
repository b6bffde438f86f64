/** The schema's history as SQL, in order. Never change one that was released; add the next. */
interface Migration {
  readonly id: string;
  readonly statements: readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    id: "0001-learners-attempts-progress",
    statements: [
      `CREATE TABLE learners (
        id text PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now()
      )`,
      `CREATE TABLE sessions (
        token_hash text PRIMARY KEY,
        learner_id text NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      )`,
      "CREATE INDEX sessions_by_learner ON sessions (learner_id)",
      `CREATE TABLE attempts (
        id text PRIMARY KEY,
        learner_id text NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
        lesson text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        saved_at timestamptz,
        snapshot bytea,
        grading jsonb
      )`,
      "CREATE INDEX attempts_by_learner ON attempts (learner_id, lesson)",
      `CREATE TABLE progress (
        learner_id text NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
        lesson text NOT NULL,
        exercise text NOT NULL,
        status text NOT NULL,
        points integer NOT NULL DEFAULT 0,
        maximum_points integer NOT NULL DEFAULT 0,
        passed_at timestamptz,
        hints_shown integer NOT NULL DEFAULT 0,
        solution_shown_at timestamptz,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (learner_id, lesson, exercise)
      )`,
      `CREATE TABLE resets (
        token text PRIMARY KEY,
        attempt_id text NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
        at timestamptz NOT NULL DEFAULT now(),
        snapshot bytea NOT NULL,
        grading jsonb
      )`,
      "CREATE INDEX resets_by_attempt ON resets (attempt_id)",
    ],
  },
  {
    id: "0002-marks",
    statements: [
      `CREATE TABLE marks (
        attempt_id text NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
        exercise text NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        snapshot bytea NOT NULL,
        grading jsonb,
        PRIMARY KEY (attempt_id, exercise)
      )`,
    ],
  },
];
