import { fold, tenantDecider, type TenantEvent } from '@odometer/domain';
import { readDomainEvent } from '@odometer/event-store';
import type { FindKey } from '../http/auth/authenticator.js';
import type { Platform } from './platform.js';

/** Looks for a key by its hash. */
export const findKeyIn =
  ({ store }: Platform): FindKey =>
  async (hash) => {
    const { events } = await store.readAll({
      after: 0,
      filter: [{ streamPrefix: 'tenant-' }],
      limit: 10_000,
    });
    const byStream = new Map<string, TenantEvent[]>();
    for (const event of events) {
      const list = byStream.get(event.streamId) ?? [];
      list.push(readDomainEvent(event) as unknown as TenantEvent);
      byStream.set(event.streamId, list);
    }
    for (const [streamId, history] of byStream) {
      const state = fold(tenantDecider, history);
      if (state.status === 'none') continue;
      for (const { issued, revoked } of state.keys.values()) {
        if (issued.hash !== hash || revoked) continue;
        return { tenant: streamId.slice(7), keyId: issued.keyId, scopes: issued.scopes };
      }
    }
    return null;
  };
