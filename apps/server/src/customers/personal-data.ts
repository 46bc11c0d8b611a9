import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { parse as uuidBytes, stringify as uuidText } from 'uuid';

/** What of a customer points at a person. Absent fields are not known. */
export interface PersonalData {
  readonly name?: string;
  readonly email?: string;
  readonly address?: string;
  readonly taxId?: string;
}

/** A sealed text and whose it is. */
export interface Sealed {
  readonly customerId: string;
  /** Base64 of key id (16 bytes), nonce (12), tag (16), ciphertext; null when nothing personal is known. */
  readonly personal: string | null;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const KEY_ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;

interface Key {
  readonly key_id: string;
  readonly key: Buffer;
}

/**
 * Seals personal data with a key of the customer's own, kept beside the log. Destroying the key is what erases the person: the
 * sealed texts stay in the log for ever and nobody can read them again.
 */
export class PersonalKeys {
  constructor(private readonly pool: pg.Pool) {}

  async seal(tenant: string, customerId: string, data: PersonalData): Promise<string> {
    const { key_id, key } = await this.keyOf(tenant, customerId);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(ownerOf(tenant, customerId));
    const text = Buffer.concat([cipher.update(JSON.stringify(data), 'utf8'), cipher.final()]);
    const parts = [Buffer.from(uuidBytes(key_id)), nonce, cipher.getAuthTag(), text];
    return Buffer.concat(parts).toString('base64');
  }

  /** In the order given; empty for who was erased. Throws when a text was tampered with. */
  async open(tenant: string, sealed: readonly Sealed[]): Promise<readonly PersonalData[]> {
    const wanted = sealed.filter((one) => one.personal !== null).map((one) => one.customerId);
    const keys = wanted.length === 0 ? new Map<string, Key>() : await this.find(tenant, wanted);
    return sealed.map(({ customerId, personal }) => {
      const key = keys.get(customerId);
      if (personal === null || !key) return {};
      return unseal(key, ownerOf(tenant, customerId), Buffer.from(personal, 'base64'));
    });
  }

  async destroy(tenant: string, customerId: string): Promise<void> {
    await this.pool.query(
      'DELETE FROM odometer.personal_keys WHERE tenant = $1 AND customer_id = $2',
      [tenant, customerId],
    );
  }

  private async keyOf(tenant: string, customerId: string): Promise<Key> {
    await this.pool.query(
      `INSERT INTO odometer.personal_keys (tenant, customer_id, key_id, key) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant, customer_id) DO NOTHING`,
      [tenant, customerId, randomUUID(), randomBytes(KEY_BYTES)],
    );
    const key = (await this.find(tenant, [customerId])).get(customerId);
    if (!key) throw new Error('the key of a customer was destroyed while it was used');
    return key;
  }

  private async find(tenant: string, ids: readonly string[]): Promise<Map<string, Key>> {
    const { rows } = await this.pool.query<Key & { customer_id: string }>(
      `SELECT customer_id, key_id, key FROM odometer.personal_keys
       WHERE tenant = $1 AND customer_id = ANY($2)`,
      [tenant, ids],
    );
    return new Map(rows.map((row) => [row.customer_id, row]));
  }
}

/** Bound into the seal, so that a sealed text cannot be moved to another customer. */
const ownerOf = (tenant: string, customerId: string): Buffer =>
  Buffer.from(JSON.stringify([tenant, customerId]));

function unseal({ key_id, key }: Key, owner: Buffer, sealed: Buffer): PersonalData {
  // Sealed before the customer was erased and registered anew: that key is gone.
  if (uuidText(sealed.subarray(0, KEY_ID_BYTES)) !== key_id) return {};
  const nonce = sealed.subarray(KEY_ID_BYTES, KEY_ID_BYTES + NONCE_BYTES);
  const tag = sealed.subarray(KEY_ID_BYTES + NONCE_BYTES, HEAD_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(owner)
    .setAuthTag(tag);
  const text = Buffer.concat([decipher.update(sealed.subarray(HEAD_BYTES)), decipher.final()]);
  return JSON.parse(text.toString('utf8')) as PersonalData;
}
