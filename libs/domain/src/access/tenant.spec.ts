import { given } from '@odometer/testing';
import { RuleBroken } from '../kernel/rule-broken.js';
import type { Scope, TenantEvent } from './access-events.js';
import { API_KEYS_MAX, tenantDecider, type IssueApiKey, type TenantCommand } from './tenant.js';

type Key = Omit<IssueApiKey, 'type'>;

const tenant = given(tenantDecider);
const create = (name = 'Acme', tenantId = 'acme'): TenantCommand => ({
  type: 'CreateTenant',
  tenantId,
  name,
});
const created: TenantEvent = { type: 'TenantCreated', data: { tenantId: 'acme', name: 'Acme' } };
const key = (keyId: string, scopes: Scope[] = ['admin'], some: Partial<Key> = {}): Key => ({
  keyId,
  name: 'first',
  hash: 'ab'.repeat(32),
  prefix: 'odo_ab',
  scopes,
  ...some,
});
const issue = (data: Key): TenantCommand => ({ type: 'IssueApiKey', ...data });
const issued = (data: Key): TenantEvent => ({ type: 'ApiKeyIssued', data });
const revoke = (keyId: string): TenantCommand => ({ type: 'RevokeApiKey', keyId });
const revoked = (keyId: string): TenantEvent => ({ type: 'ApiKeyRevoked', data: { keyId } });

describe('a tenant', () => {
  it('is created once', () => {
    tenant().when(create()).then(created);
    tenant(created).when(create()).thenNothing();
    tenant(created).when(create('Other')).thenBreaks('tenant_exists');
  });

  it.each(['', 'Acme', 'a-b', 'x'.repeat(41)])('is not called %j', (id) =>
    tenant().when(create('Acme', id)).thenBreaks('validation_failed'),
  );

  it('has keys only when it exists', () => {
    tenant()
      .when(issue(key('k1')))
      .thenBreaks('tenant_not_found');
    tenant().when(revoke('k1')).thenBreaks('tenant_not_found');
  });
});

describe('an API key', () => {
  it('is issued once', () => {
    tenant(created)
      .when(issue(key('k1')))
      .then(issued(key('k1')));
    tenant(created, issued(key('k1')))
      .when(issue(key('k1')))
      .thenNothing();
    tenant(created, issued(key('k1')))
      .when(issue(key('k1', ['read'])))
      .thenBreaks('api_key_exists');
  });

  it('names everything that is wrong with it', () => {
    const state = { status: 'created' as const, name: 'Acme', keys: new Map() };
    const errorsOf = (bad: Key): [string, string][] => {
      try {
        tenantDecider.decide(issue(bad), state);
      } catch (error) {
        if (error instanceof RuleBroken) return error.errors.map((e) => [e.pointer, e.code]);
        throw error;
      }
      return [];
    };
    const scopes = ['read', 'write', 'read', 'root'] as Scope[];
    expect(errorsOf(key('k1', scopes, { name: '', hash: 'AB'.repeat(32) }))).toEqual([
      ['/name', 'invalid_length'],
      ['/scopes/2', 'duplicate'],
      ['/scopes/3', 'unknown_scope'],
      ['/hash', 'invalid_hash'],
    ]);
    expect(errorsOf(key('k1', []))).toEqual([['/scopes', 'required']]);
  });

  it('is revoked once', () => {
    const past = [created, issued(key('k1')), issued(key('k2', ['read']))];
    tenant(...past)
      .when(revoke('k2'))
      .then(revoked('k2'));
    tenant(...past, revoked('k2'))
      .when(revoke('k2'))
      .thenNothing();
    tenant(...past)
      .when(revoke('k3'))
      .thenBreaks('api_key_not_found');
  });

  it('is not revoked when it is the last that may issue others', () => {
    const past = [created, issued(key('k1')), issued(key('k2', ['read', 'admin']))];
    tenant(...past)
      .when(revoke('k1'))
      .then(revoked('k1'));
    tenant(...past, revoked('k2'))
      .when(revoke('k1'))
      .thenBreaks('last_admin_key');
    tenant(...past, revoked('k2'))
      .when(revoke('k2'))
      .thenNothing();
  });

  it(`is one of at most ${API_KEYS_MAX} valid ones`, () => {
    const full = Array.from({ length: API_KEYS_MAX }, (_, index) => issued(key(`k${index}`)));
    const one = key('one_more');
    tenant(created, ...full.slice(1))
      .when(issue(one))
      .then(issued(one));
    tenant(created, ...full)
      .when(issue(one))
      .thenBreaks('too_many_api_keys');
    tenant(created, ...full, revoked('k0'))
      .when(issue(one))
      .then(issued(one));
  });
});
