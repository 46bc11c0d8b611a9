import { findKeyByHash } from '@odometer/read-models';
import type { DataSource } from 'typeorm';
import type { FindKey } from '../http/auth/authenticator.js';

/** Looks for a key in the read model of access. */
export const findKeyIn =
  (source: DataSource): FindKey =>
  async (hash) => {
    const key = await findKeyByHash(source, hash);
    return key && !key.revoked
      ? { tenant: key.tenant, keyId: key.keyId, scopes: key.scopes }
      : null;
  };
