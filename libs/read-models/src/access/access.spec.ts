import type { Scope, TenantEvent } from '@odometer/domain';
import { benchOf, type ReadModelBench } from '../read-model.fixture.js';
import { accessProjection } from './access.projection.js';
import { findKeyByHash, findTenant, listApiKeys } from './access.query.js';

let bench: ReadModelBench<TenantEvent>;
beforeEach(async () => (bench = await benchOf<TenantEvent>(accessProjection)));
afterEach(() => bench.close());

const issued = (
  keyId: string,
  hash: string,
  scopes: Scope[] = ['read', 'ingest'],
): TenantEvent => ({
  type: 'ApiKeyIssued',
  data: { keyId, name: `Key ${keyId}`, hash, prefix: 'odo_ab', scopes },
});

describe('API keys', () => {
  it('are found by their hash', async () => {
    await bench.given('acme', issued('k1', 'aa'));
    await bench.given('other', issued('k1', 'bb', ['admin']));
    expect(await findKeyByHash(bench.source, 'aa')).toEqual({
      tenant: 'acme',
      keyId: 'k1',
      scopes: ['read', 'ingest'],
      revoked: false,
    });
    expect((await findKeyByHash(bench.source, 'bb'))?.tenant).toBe('other');
    expect(await findKeyByHash(bench.source, 'cc')).toBeNull();
  });

  it('that are revoked say so', async () => {
    await bench.given('acme', issued('k1', 'aa'), { type: 'ApiKeyRevoked', data: { keyId: 'k1' } });
    expect((await findKeyByHash(bench.source, 'aa'))?.revoked).toBe(true);
  });

  it('are listed newest first, in pages, of one tenant only', async () => {
    await bench.given('acme', issued('k1', 'a1'), issued('k2', 'a2'), issued('k3', 'a3'));
    await bench.given('other', issued('k9', 'a9'));
    await bench.given('acme', { type: 'ApiKeyRevoked', data: { keyId: 'k1' } });
    const first = await listApiKeys(bench.source, 'acme', { limit: 2 });
    const second = await listApiKeys(bench.source, 'acme', {
      limit: 2,
      cursor: first.nextCursor ?? '',
    });
    expect(first.data.map(({ keyId }) => keyId)).toEqual(['k3', 'k2']);
    expect(second).toEqual({
      data: [
        {
          keyId: 'k1',
          name: 'Key k1',
          prefix: 'odo_ab',
          scopes: ['read', 'ingest'],
          createdAt: '2026-01-02T03:04:05.000Z',
          revokedAt: '2026-01-02T03:04:05.000Z',
        },
      ],
      nextCursor: null,
    });
  });
});

describe('tenants', () => {
  it('are found by id', async () => {
    await bench.given('acme', { type: 'TenantCreated', data: { tenantId: 'acme', name: 'Acme' } });
    expect(await findTenant(bench.source, 'acme')).toEqual({
      id: 'acme',
      name: 'Acme',
      createdAt: '2026-01-02T03:04:05.000Z',
    });
    expect(await findTenant(bench.source, 'other')).toBeNull();
  });
});
