import { createHash } from 'node:crypto';
import { usageStreamId, type Instant, type UsageRecord } from '@odometer/domain';
import { encodeSegment, USAGE_SEGMENT_VERSION, type EventStore } from '@odometer/event-store';
import type { KafkaMessage, Message } from 'kafkajs';
import { v5 } from 'uuid';
import { appendSegment, type SegmentOrigin } from '../intake/append-segment.js';
import { cut, type PackedRecords } from '../intake/cut.js';
import type { IntakeLimits } from '../limits.js';
import { letterOf, type Source } from './dead-letter.js';
import type { Plan } from './offset-ledger.js';
import { Poison, readMessage, type MessageUsage } from './read-message.js';

export interface ChunkPorts {
  readonly store: EventStore;
  readonly shards: number;
  readonly now: () => Instant;
  readonly limits: IntakeLimits;
  readonly defaultTenant: string;
  readonly isTenant: (tenant: string) => Promise<boolean>;
  /** Resolves when the letters are durable. */
  readonly bury: (letters: Message[]) => Promise<void>;
  readonly onRetry: () => void;
}

/** The messages of a plan, all of them, in their order. */
export interface Chunk extends Source {
  readonly firstOffset: number;
  readonly plan: Plan;
  readonly messages: readonly KafkaMessage[];
}

export interface StoredChunk {
  readonly records: number;
  readonly segments: number;
  readonly letters: number;
}

const NAMESPACE = '0b8a7f5e-4f0a-5f0c-9a53-6f5d1c1f7a10';

/**
 * Stores the usage of a chunk, and buries what cannot be read. The same chunk again gives the same segments with the same ids, so that
 * nothing is stored twice. Resolves when everything is durable; throws when anything may not be, with nothing under way any more.
 */
export async function storeChunk(ports: ChunkPorts, chunk: Chunk): Promise<StoredChunk> {
  const { usage, letters } = await readChunk(ports, chunk);
  if (letters.length > 0) await ports.bury(letters);
  const segments = await Promise.all(segmentsOf(ports, chunk, usage).map(packed));
  // Who stores the chunk again says nothing else, not even when: EventStoreDB compares ids only, and the hashes have to agree.
  const asPlanned = { ...ports, now: () => chunk.plan.readAt };
  const appended = await Promise.allSettled(
    segments.map(({ origin, content }) => appendSegment(asPlanned, origin, content)),
  );
  for (const result of appended) if (result.status === 'rejected') throw result.reason;
  const records = segments.reduce((sum, { content }) => sum + content.records, 0);
  return { records, segments: segments.length, letters: letters.length };
}

interface ReadChunk {
  readonly usage: readonly MessageUsage[];
  readonly letters: Message[];
}

async function readChunk(ports: ChunkPorts, chunk: Chunk): Promise<ReadChunk> {
  const context = { defaultTenant: ports.defaultTenant, readAt: chunk.plan.readAt };
  const usage: MessageUsage[] = [];
  const letters: Message[] = [];
  const tenants = new Map<string, boolean>();
  for (const message of chunk.messages) {
    try {
      const read = readMessage(message, context);
      const known = tenants.get(read.tenant) ?? (await ports.isTenant(read.tenant));
      tenants.set(read.tenant, known);
      if (!known) throw new Poison(`there is no tenant ${read.tenant}`);
      usage.push(read);
    } catch (error) {
      if (!(error instanceof Poison)) throw error;
      letters.push(letterOf(message, chunk, error, ports.now()));
    }
  }
  return { usage, letters };
}

interface Segment {
  readonly origin: Omit<SegmentOrigin, 'eventId'>;
  readonly records: readonly UsageRecord[];
  /** What the segment is made of: a stretch of the topic, the stream, and its number in there. */
  readonly place: string;
}

interface PackedSegment {
  readonly origin: SegmentOrigin;
  readonly content: PackedRecords;
}

/**
 * The event id of a segment covers its bytes: one id stands for the same bytes, whoever packs them. If offsets ever began anew (a topic made again
 * under its old name), other records would otherwise pass for those that are stored already, and be lost. What another release, or another zlib, packed
 * into other bytes is stored again, and its records are recognised one by one.
 */
async function packed({ origin, records, place }: Segment): Promise<PackedSegment> {
  const bytes = await encodeSegment({ records });
  const digest = createHash('sha256').update(bytes).digest('hex');
  const eventId = v5(`${place}/${USAGE_SEGMENT_VERSION}/${digest}`, NAMESPACE);
  const content = { records: records.length, segment: Promise.resolve(bytes) };
  return { origin: { ...origin, eventId }, content };
}

interface Sender {
  readonly tenant: string;
  readonly actor: string;
  readonly records: UsageRecord[];
  readonly bytes: number[];
}

/** A segment belongs to one stream and names one actor. */
function segmentsOf(ports: ChunkPorts, chunk: Chunk, usage: readonly MessageUsage[]): Segment[] {
  const senders = new Map<string, Sender>();
  for (const { tenant, actor, records, bytes } of usage) {
    const key = `${tenant} ${actor}`;
    const sender = senders.get(key) ?? { tenant, actor, records: [], bytes: [] };
    senders.set(key, sender);
    for (const record of records) sender.records.push(record);
    for (const size of bytes) sender.bytes.push(size);
  }
  return [...senders.values()].flatMap(({ tenant, actor, ...batch }) =>
    cut(batch, ports.shards, ports.limits).map(({ shard, content: records }, ordinal) => {
      const { topic, partition, firstOffset, plan } = chunk;
      const stretch = `${topic}/${partition}/${firstOffset}-${plan.lastOffset}`;
      const place = `${stretch}/${usageStreamId(tenant, shard)}/${actor}/${ordinal}`;
      return { origin: { tenant, actor, shard }, records, place };
    }),
  );
}
