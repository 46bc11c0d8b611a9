import type { pb } from './stubs.js';
import type { Record } from './records.js';

type ReadOptions = InstanceType<typeof pb.ReadReq.Options>;

export interface ServerFilter {
  readonly passes: (record: Record) => boolean;
  /** Records between two checkpoints; null without a filter, when there are none. */
  readonly checkpointEvery: number | null;
}

/** The server counts checkpoints in steps of so many records. */
const CHECKPOINT_UNIT = 32;

/** The filter of a request: by prefixes or a regular expression, on stream names or event types. */
export function filterOf(options: ReadOptions): ServerFilter {
  const filter = options.getFilter();
  if (filter === undefined) return { passes: () => true, checkpointEvery: null };
  const onStream = filter.hasStreamIdentifier();
  const expression = onStream ? filter.getStreamIdentifier() : filter.getEventType();
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = new RegExp(expression?.getRegex() ?? '');
  const accepts = (text: string): boolean =>
    prefixes.length > 0 ? prefixes.some((prefix) => text.startsWith(prefix)) : regex.test(text);
  return {
    passes: ({ streamId, type }) => accepts(onStream ? streamId : type),
    checkpointEvery: CHECKPOINT_UNIT * Math.max(1, filter.getCheckpointintervalmultiplier()),
  };
}
