import {
  decodeCursor,
  encodeCursor,
  knownCustomers,
  knownSubscriptions,
  UNBILLED_KINDS,
  type Page,
  type PayerKind,
  type UnbilledRecords,
  type UsageQueries,
} from '@odometer/read-models';
import type { DataSource } from 'typeorm';

/** Records that nobody is billed for, for one reason. */
export interface UnbilledEvents extends Omit<UnbilledRecords, 'code'> {
  /** Null where records of any code are meant. */
  readonly code: string | null;
  /** Whom the records name and nobody knows; null for other reasons. */
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
}

/** Customers or subscriptions that are compared with the known ones at a time. */
const PAYERS_PER_READ = 1_000;
/** Customers or subscriptions with usage that one page looks through for unknown ones. */
const PAYERS_SCAN_MAX = 50_000;

/** What the list consists of, in its order: what costs a search stands at the end. */
const SECTIONS = [...UNBILLED_KINDS, 'customer', 'subscription'] as const;

type Section = (typeof SECTIONS)[number];

/** Place in a section: the key of the entry before. */
type Key = readonly [first: string, second: string];

const START: Key = ['', ''];

interface PartRequest {
  readonly tenant: string;
  readonly after: Key;
  readonly limit: number;
}

interface Part {
  readonly data: readonly UnbilledEvents[];
  /** Where to go on in the section; null when it is through. */
  readonly next: Key | null;
}

/**
 * The work list of records that are billed to nobody. Whether somebody is known is asked here, where the read models meet: each knows
 * only its own.
 */
export class UnbilledEventsList {
  constructor(
    private readonly usage: Pick<UsageQueries, 'findUnbilled' | 'findPayers' | 'readPayer'>,
    private readonly source: DataSource,
  ) {}

  /** A page may be shorter than the limit and still have a next one: so many customers are looked through at a time. */
  async page(
    tenant: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<UnbilledEvents>> {
    const data: UnbilledEvents[] = [];
    const start = startOf(cursor);
    let { after } = start;
    for (const section of start.sections) {
      const part = await this.part(section, { tenant, after, limit: limit - data.length });
      data.push(...part.data);
      if (part.next !== null) return { data, nextCursor: encodeCursor([section, ...part.next]) };
      after = START;
    }
    return { data, nextCursor: null };
  }

  private part(section: Section, request: PartRequest): Promise<Part> {
    return section === 'customer' || section === 'subscription'
      ? this.unknownPayers(section, request)
      : this.ofKind(section, request);
  }

  private async ofKind(kind: (typeof UNBILLED_KINDS)[number], request: PartRequest): Promise<Part> {
    const entries = await this.usage.findUnbilled({ ...request, kind });
    return {
      data: entries.map(({ records }) => ({ ...records, customerId: null, subscriptionId: null })),
      next: entries.length < request.limit ? null : entries.at(-1)!.key,
    };
  }

  private async unknownPayers(kind: PayerKind, request: PartRequest): Promise<Part> {
    const { tenant, limit } = request;
    const data: UnbilledEvents[] = [];
    let [after] = request.after;
    for (let scanned = 0; scanned < PAYERS_SCAN_MAX; scanned += PAYERS_PER_READ) {
      const ids = await this.usage.findPayers({ tenant, kind, after, limit: PAYERS_PER_READ });
      for (const id of await this.unknown(tenant, kind, ids)) {
        const events = await this.ofPayer(tenant, kind, id);
        if (events !== null) data.push(events);
        if (data.length === limit) return { data, next: [id, ''] };
      }
      if (ids.length < PAYERS_PER_READ) return { data, next: null };
      after = ids.at(-1)!;
    }
    return { data, next: [after, ''] };
  }

  private async unknown(
    tenant: string,
    kind: PayerKind,
    ids: readonly string[],
  ): Promise<string[]> {
    if (ids.length === 0) return [];
    const knownOf = kind === 'customer' ? knownCustomers : knownSubscriptions;
    const known = await knownOf(this.source, tenant, ids);
    return ids.filter((id) => !known.has(id));
  }

  private async ofPayer(
    tenant: string,
    kind: PayerKind,
    id: string,
  ): Promise<UnbilledEvents | null> {
    const usage = await this.usage.readPayer({ tenant, kind, id });
    if (usage === null) return null;
    return {
      ...usage,
      reason: 'unknown_subject',
      code: null,
      meter: null,
      customerId: kind === 'customer' ? id : null,
      subscriptionId: kind === 'subscription' ? id : null,
    };
  }
}

/** What a page has to look through, and from where. Throws as `decodeCursor` does. */
function startOf(cursor: string | undefined): { sections: readonly Section[]; after: Key } {
  if (cursor === undefined) return { sections: SECTIONS, after: START };
  const [name, ...after] = decodeCursor(cursor, ['string', 'string', 'string'] as const);
  // A name that is none of ours is not found, and then there is nothing to look through.
  const from = SECTIONS.findIndex((section) => section === name);
  return { sections: from === -1 ? [] : SECTIONS.slice(from), after };
}
