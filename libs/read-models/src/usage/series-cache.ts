import type { DayByMeter, HourState } from './hour-state.js';
import type { CountingMeter } from './meter-set.js';
import type { CodeScope, Series } from './series.js';

/** Rows of a generation of the cache; two generations are kept, so memory is bounded by twice this many rows and a batch. */
const ROWS_PER_GENERATION = 16_384;

/** A series with the days of it that are in the cache. */
export interface SeriesEntry {
  readonly series: Series;
  readonly days: Map<number, DayRow>;
  /** Whether this handler knows that the row of `series` exists. */
  stored: boolean;
  /** For some meters the hour they added to last. Emptied whenever states change hands. */
  readonly latest: LatestHour[];
  /** What it was found in last. */
  scope: CodeScope;
  generation: Generation;
  /** Where the batch at hand sums up what it adds to one hour of it, and what for; null = nowhere. */
  slot: number;
  slotGroup: object | null;
}

/** The hour of a series that a meter added to last. */
interface LatestHour {
  meter: CountingMeter;
  hour: number;
  row: DayRow;
  state: HourState;
}

/** A day of a series, as the cache has it. */
export interface DayRow {
  readonly day: number;
  byMeter: DayByMeter;
  /** Meters that added something since the row was loaded or made; only needed until it is. */
  adders: CountingMeter[];
  /** False while `byMeter` is only what the running batch adds, and the stored row has not been merged in. */
  loaded: boolean;
  changed: boolean;
}

/** Series of one subject that are kept beside it; a subject of more event codes has its series looked up. */
const SERIES_OF_SUBJECT_MAX = 4;

/** Series by scope, then by key. */
type Generation = Map<CodeScope, Map<string, SeriesEntry>>;

/** Series that were in use lately, with their days: a generation that is filled, and the one before. */
export class SeriesCache {
  private young: Generation = new Map();
  private old: Generation = new Map();
  /** Days in the young generation. */
  private rows = 0;

  /** The series of a scope whose `seriesKey` this is. */
  known(scope: CodeScope, key: string): SeriesEntry | undefined {
    const ofScope = this.youngOf(scope);
    const young = ofScope.get(key);
    if (young !== undefined) return young;
    const old = this.old.get(scope)?.get(key);
    if (old === undefined) return undefined;
    ofScope.set(key, old);
    old.generation = this.young;
    this.rows += old.days.size;
    return old;
  }

  /** The same without a look-up, where it is among the series that a subject had lately. */
  knownOf(scope: CodeScope, series: readonly SeriesEntry[]): SeriesEntry | undefined {
    for (let i = 0; i < series.length; i += 1) {
      const entry = series[i]!;
      if (entry.scope === scope && entry.generation === this.young) return entry;
    }
    return undefined;
  }

  /** Notes a series of the young generation among those of its subject. Where there are too many, the first makes room. */
  note(series: SeriesEntry[], entry: SeriesEntry): void {
    const before = series.findIndex(({ scope }) => scope === entry.scope);
    if (before >= 0) series[before] = entry;
    else series[series.length < SERIES_OF_SUBJECT_MAX ? series.length : 0] = entry;
  }

  /** Takes in a series that is not there. */
  add(scope: CodeScope, key: string, series: Series): SeriesEntry {
    const entry: SeriesEntry = {
      series,
      scope,
      generation: this.young,
      days: new Map<number, DayRow>(),
      stored: false,
      latest: [],
      slot: 0,
      slotGroup: null,
    };
    this.youngOf(scope).set(key, entry);
    return entry;
  }

  /** To be called for each day that is added to a series. */
  grow(): void {
    this.rows += 1;
  }

  /** Begins a new generation when this one is full; nothing of what is dropped may be unwritten. */
  age(): void {
    if (this.rows <= ROWS_PER_GENERATION) return;
    // Subjects may hold what is dropped for a while: no more than its name.
    for (const ofScope of this.old.values()) {
      for (const entry of ofScope.values()) {
        if (entry.generation !== this.old) continue;
        entry.days.clear();
        entry.latest.length = 0;
      }
    }
    this.old = this.young;
    this.young = new Map();
    this.rows = 0;
  }

  private youngOf(scope: CodeScope): Map<string, SeriesEntry> {
    let ofScope = this.young.get(scope);
    if (ofScope === undefined) {
      ofScope = new Map();
      this.young.set(scope, ofScope);
    }
    return ofScope;
  }
}
