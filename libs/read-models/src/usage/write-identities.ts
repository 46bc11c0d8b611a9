import { subjectOf } from '@odometer/domain';
import { UUID_BYTES, UUID_LENGTH, writeUuid, type UsageColumns } from '@odometer/event-store';
import { hashMessages, Messages } from './hash-messages.js';
import { viewOf, writePlace } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';

/** Bytes that a UTF-16 unit of a text takes at most in UTF-8. */
const UTF8_BYTES_MAX = 3;

/** Used again for every segment: nothing of it is kept. */
const messages = new Messages();

/**
 * Writes the identity entries of all records of a segment, side by side from `at` on: the same bytes as `writeIdentity` writes for each of the
 * records. The records must be as they were sent: amendments have an identity of their own.
 */
export function writeIdentities(
  entries: Buffer,
  at: number,
  segment: { readonly tenant: string; readonly position: number; readonly columns: UsageColumns },
): void {
  const { position, columns } = segment;
  const width = IDENTITY_RUNS.entryBytes;
  messages.clear();
  writeMessages(segment);
  hashMessages(messages, entries, { at, width });
  const view = viewOf(entries);
  const placesAt = at + IDENTITY_RUNS.keyBytes;
  for (let index = 0; index < columns.count; index += 1)
    writePlace(view, placesAt + index * width, { position, index });
}

/** What is hashed of each record: its tenant, its subject, and its transaction id. */
function writeMessages({
  tenant,
  columns,
}: {
  readonly tenant: string;
  readonly columns: UsageColumns;
}): void {
  const prefixes = new Prefixes(tenant, columns);
  const { uuids } = columns;
  for (let index = 0; index < columns.count; index += 1) {
    const prefix = prefixes.of(index);
    if (uuids === null) writeTextMessage(prefix, columns.transactionId(index));
    else writeUuidMessage(prefix, uuids, index);
  }
}

function writeUuidMessage(prefix: Buffer, uuids: Uint8Array, index: number): void {
  messages.reserve(prefix.length + UUID_LENGTH);
  writePrefix(prefix);
  writeUuid(uuids, index * UUID_BYTES, messages.bytes, messages.at);
  messages.at += UUID_LENGTH;
  messages.end();
}

function writeTextMessage(prefix: Buffer, text: string): void {
  messages.reserve(prefix.length + text.length * UTF8_BYTES_MAX);
  writePrefix(prefix);
  messages.at += messages.bytes.write(text, messages.at);
  messages.end();
}

/** Byte by byte: for so few, a call of `set` costs more. */
function writePrefix(prefix: Buffer): void {
  const { bytes, at } = messages;
  for (let i = 0; i < prefix.length; i += 1) bytes[at + i] = prefix[i]!;
  messages.at += prefix.length;
}

/** The beginnings of messages, each made once for all records of a subject that a segment tells together. */
class Prefixes {
  private readonly customers: (Buffer | undefined)[] = [];
  private readonly subscriptions: (Buffer | undefined)[] = [];

  constructor(
    private readonly tenant: string,
    private readonly columns: UsageColumns,
  ) {}

  of(index: number): Buffer {
    const { customers, subscriptions } = this.columns;
    const customer = customers.index[index]!;
    const customerId = customers.of[customer];
    if (customerId !== undefined) {
      return (this.customers[customer] ??= this.prefix({ customerId }));
    }
    const subscription = subscriptions.index[index]!;
    const subscriptionId = subscriptions.of[subscription];
    return (this.subscriptions[subscription] ??= this.prefix({ subscriptionId }));
  }

  private prefix(subject: Parameters<typeof subjectOf>[0]): Buffer {
    return Buffer.from(`${this.tenant}\0${subjectOf(subject)}\0`);
  }
}
