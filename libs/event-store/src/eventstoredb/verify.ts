import { chainHash } from '../event-hash.js';
import type { RecordedEvent, VerifyResult } from '../event-store.js';
import type { Connection } from './connection.js';
import { contentOf } from './event-codec.js';
import { allEvents } from './reader.js';

const FAULTS_DEFAULT = 100;

interface End {
  readonly revision: number;
  readonly hash: string;
}

/**
 * Reads the whole log once and recomputes the chain of every stream. Holds the last hash of each stream in memory, about 200 bytes.
 * The server lets nobody change or insert an event; what this finds is a truncated stream or a file that was tampered with.
 */
export async function verifyChains(
  connection: Connection,
  { limit = FAULTS_DEFAULT }: { readonly limit?: number } = {},
): Promise<VerifyResult> {
  const ends = new Map<string, End>();
  const faults: VerifyResult['faults'][number][] = [];
  let events = 0;
  for await (const event of allEvents(connection)) {
    events += 1;
    for (const problem of problemsOf(event, ends.get(event.streamId))) {
      faults.push({ streamId: event.streamId, revision: event.revision, problem });
    }
    ends.set(event.streamId, { revision: event.revision, hash: event.hash });
    if (faults.length >= limit) break;
  }
  return { events, streams: ends.size, faults: faults.slice(0, limit) };
}

function problemsOf(event: RecordedEvent, before: End | undefined): string[] {
  const problems: string[] = [];
  const due = before === undefined ? 0 : before.revision + 1;
  if (event.revision !== due) problems.push(`revision ${due} is missing`);
  const previous = Buffer.from(before?.hash ?? '', 'hex');
  const hash = chainHash(previous, event.revision, contentOf(event)).toString('hex');
  if (hash !== event.hash) problems.push('its content does not match the hash chain');
  return problems;
}
