import type pg from 'pg';

/** An answer is given again for this long at least. */
export const KEPT_HOURS = 24;
/**
 * A process that died on another machine leaves its keys locked for this long, as long as its leases; one that lives renews the lock. Should the
 * lock of a process that lives run out, a repetition changes nothing, since the command keeps its id.
 */
export const LOCK_SECONDS = 10;
/** Answers longer than this are not kept; the command is then run again, which changes nothing either. */
export const BODY_CHARS_MAX = 1024 * 1024;

export interface KeyUse {
  readonly tenant: string;
  readonly key: string;
  /** Of method, path and body. */
  readonly requestHash: string;
}

export interface KeptAnswer {
  readonly status: number;
  /** JSON, or null when the answer had no body. */
  readonly body: string | null;
}

export type Claim =
  | { readonly outcome: 'claimed' }
  | { readonly outcome: 'answered'; readonly answer: KeptAnswer }
  | { readonly outcome: 'other_request' }
  | { readonly outcome: 'in_use' };

/** A process that locks keys. */
export interface KeyHolder {
  readonly name: string;
  /** Whether another holder is certainly gone. */
  isGone(name: string): boolean;
}

interface KeyRow {
  readonly request_hash: string;
  readonly status: number | null;
  readonly body: string | null;
  /** Null where a release before this column took the key. */
  readonly locked_by: string | null;
}

/** The table of keys. Goes by the clock of the database, which all processes share. */
export class IdempotencyKeys {
  constructor(
    private readonly pool: pg.Pool,
    private readonly holder: KeyHolder,
  ) {}

  async claim(use: KeyUse): Promise<Claim> {
    const { tenant, key, requestHash } = use;
    const taken = await this.pool.query(
      `INSERT INTO odometer.idempotency_keys AS k (tenant, key, request_hash, locked_until, created_at, locked_by)
       VALUES ($1, $2, $3, now() + make_interval(secs => $4), now(), $6)
       ON CONFLICT (tenant, key) DO UPDATE
         SET request_hash = excluded.request_hash, locked_until = excluded.locked_until,
             created_at = excluded.created_at, locked_by = excluded.locked_by, status = NULL, body = NULL
         WHERE (k.status IS NULL AND k.locked_until < now() AND k.request_hash = excluded.request_hash)
            OR k.created_at < now() - make_interval(hours => $5)`,
      [tenant, key, requestHash, LOCK_SECONDS, KEPT_HOURS, this.holder.name],
    );
    return taken.rowCount === 1 ? { outcome: 'claimed' } : this.find(use);
  }

  private async find(use: KeyUse): Promise<Claim> {
    const { tenant, key, requestHash } = use;
    const { rows } = await this.pool.query<KeyRow>(
      'SELECT request_hash, status, body, locked_by FROM odometer.idempotency_keys WHERE tenant = $1 AND key = $2',
      [tenant, key],
    );
    const row = rows[0];
    // Freed between the two statements: whoever held it has failed, and the client may try again.
    if (!row) return { outcome: 'in_use' };
    if (row.request_hash !== requestHash) return { outcome: 'other_request' };
    if (row.status !== null)
      return { outcome: 'answered', answer: { status: row.status, body: row.body } };
    const isFree = row.locked_by !== null && (await this.takeOver(use, row.locked_by));
    return { outcome: isFree ? 'claimed' : 'in_use' };
  }

  /** The key of a holder that is gone. Of several that find it so one gets it. */
  private async takeOver({ tenant, key }: KeyUse, from: string): Promise<boolean> {
    if (from === this.holder.name || !this.holder.isGone(from)) return false;
    const { rowCount } = await this.pool.query(
      `UPDATE odometer.idempotency_keys SET locked_by = $3, locked_until = now() + make_interval(secs => $4)
       WHERE tenant = $1 AND key = $2 AND locked_by = $5 AND status IS NULL`,
      [tenant, key, this.holder.name, LOCK_SECONDS, from],
    );
    return rowCount === 1;
  }

  async renew({ tenant, key }: KeyUse): Promise<void> {
    await this.pool.query(
      `UPDATE odometer.idempotency_keys SET locked_until = now() + make_interval(secs => $3)
       WHERE tenant = $1 AND key = $2 AND status IS NULL`,
      [tenant, key, LOCK_SECONDS],
    );
  }

  async keep({ tenant, key }: KeyUse, { status, body }: KeptAnswer): Promise<void> {
    if (body !== null && body.length > BODY_CHARS_MAX) return this.free({ tenant, key });
    await this.pool.query(
      'UPDATE odometer.idempotency_keys SET status = $3, body = $4 WHERE tenant = $1 AND key = $2',
      [tenant, key, status, body],
    );
  }

  /** A command that was refused has changed nothing: its key may be used again. */
  async free({ tenant, key }: Pick<KeyUse, 'tenant' | 'key'>): Promise<void> {
    await this.pool.query(
      'DELETE FROM odometer.idempotency_keys WHERE tenant = $1 AND key = $2 AND status IS NULL',
      [tenant, key],
    );
  }

  /** Forgets answers that need not be given any more. */
  async sweep(): Promise<number> {
    const { rowCount } = await this.pool.query(
      'DELETE FROM odometer.idempotency_keys WHERE created_at < now() - make_interval(hours => $1)',
      [KEPT_HOURS],
    );
    return rowCount ?? 0;
  }
}
