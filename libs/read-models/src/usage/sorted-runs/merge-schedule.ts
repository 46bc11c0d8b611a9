import type { SqlClient } from '@odometer/projections';
import { BloomFilter } from './bloom-filter.js';
import { RUN_ENTRIES_MAX, RUNS_PER_LEVEL, type RunFormat } from './run-format.js';
import { RunMerge } from './run-merge.js';
import type { Run, RunTable } from './run-table.js';

/** The merges that are under way in a set of runs, one of a level at most: as soon as a level has enough runs, they become one of the next. */
export class MergeSchedule {
  private merges: RunMerge[] = [];

  constructor(
    private readonly format: RunFormat,
    private readonly table: RunTable,
  ) {}

  /** Moves about `budget` entries of each. Answers the runs that there are then. */
  async moveOn(sql: SqlClient, runs: readonly Run[], budget: number): Promise<readonly Run[]> {
    let current = runs;
    await this.start(sql, current);
    for (const merge of [...this.merges]) {
      const done = await merge.step(sql, budget);
      if (!done) continue;
      current = await this.finish(sql, merge, current);
      await this.start(sql, current);
    }
    return current;
  }

  private async start(sql: SqlClient, runs: readonly Run[]): Promise<void> {
    const levels = new Set(runs.map((run) => run.level));
    for (const level of levels) {
      if (this.merges.some((merge) => merge.level === level)) continue;
      const sources = runs
        .filter((run) => run.level === level && !run.merging)
        .slice(0, RUNS_PER_LEVEL);
      const entries = sources.reduce((sum, run) => sum + run.entries, 0);
      if (sources.length < RUNS_PER_LEVEL || entries > RUN_ENTRIES_MAX) continue;
      const target = await this.table.begin(sql, { level: level + 1, entries });
      this.merges.push(
        new RunMerge(this.format, this.table.pages, {
          target,
          level,
          sources: sources.map(({ id: run, kept }) => ({ run, kept })),
          filter: this.format.filtered ? BloomFilter.forKeys(entries) : null,
        }),
      );
      for (const run of sources) {
        run.merging = true;
        run.kept = null;
      }
    }
  }

  private async finish(sql: SqlClient, merge: RunMerge, runs: readonly Run[]): Promise<Run[]> {
    this.merges = this.merges.filter((other) => other !== merge);
    const target: Run = {
      id: merge.target,
      level: merge.level + 1,
      entries: merge.written,
      filter: merge.filter,
      merging: false,
      kept: null,
    };
    await this.table.complete(sql, target);
    await this.table.delete(sql, merge.sources);
    return [target, ...runs.filter((run) => !merge.sources.includes(run.id))];
  }
}
