/** The layout of one family of runs. Its tables are `<name>_run` and `<name>_page` in the schema of the read model. */
export interface RunFormat {
  /** Part of SQL table names: a constant of ours, never input. */
  readonly name: string;
  /** Bytes of an entry, a multiple of 8. */
  readonly entryBytes: number;
  /** Leading bytes that are looked up by. */
  readonly keyBytes: number;
  /** Entries of a page; a page fills one 8 KB block of PostgreSQL and is stored plain. */
  readonly pageEntries: number;
  /** Whether runs keep a filter that answers most lookups without I/O; only for keys that are hashes. */
  readonly filtered: boolean;
}

/** Runs of one level that are merged into one of the next. */
export const RUNS_PER_LEVEL = 8;

/** Two runs whose merger would be longer stay apart, so that no merge takes for ever. */
export const RUN_ENTRIES_MAX = 16_777_216;

/** Entries a merge moves on for each entry inserted, at least MERGE_STEP_ENTRIES_MIN: merges stay ahead of inserts, in small steps. */
export const MERGE_STEP_FACTOR = 6;
export const MERGE_STEP_ENTRIES_MIN = 65_536;

/** Bytes of entries that one set holds back to write them as one run. */
export const RUN_BYTES_FRESH_MAX = 16 * 1024 * 1024;

/** Bytes of entries that one set keeps of the runs it has written itself, so that merging those needs not read them. */
export const RUN_BYTES_KEPT_MAX = 4 * 1024 * 1024;

export const runTables = (schema: string, { name }: RunFormat): string => `
  CREATE TABLE ${schema}.${name}_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard int NOT NULL,
    level int NOT NULL,
    live boolean NOT NULL,
    entries bigint NOT NULL,
    filter bytea STORAGE EXTERNAL
  );
  CREATE INDEX ON ${schema}.${name}_run (shard) WHERE live;
  CREATE TABLE ${schema}.${name}_page (
    run bigint NOT NULL,
    first_key bytea STORAGE PLAIN NOT NULL,
    entries bytea STORAGE PLAIN NOT NULL,
    PRIMARY KEY (run, first_key)
  );
`;
