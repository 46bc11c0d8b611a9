import { readFile } from 'node:fs/promises';
import { startTestServer, type Answer, type TestServer } from './server.fixture.js';

const METER = { code: 'calls', aggregation: { type: 'count' } };

const pointers = ({ body }: Answer): string[] =>
  (body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);

describe('a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ ODOMETER_MIN_POSITION_WAIT_MS: '300' });
  });
  afterAll(() => server.stop());

  const secretOf = async (scopes: string[]): Promise<string> => {
    const { body } = await server.call('POST /v1/api_keys', { body: { name: 'test', scopes } });
    return body['secret'] as string;
  };

  describe('tells who it is asked by', () => {
    it('refuses a request without a key', async () => {
      const answer = await server.call('GET /v1/meters', { key: null });
      expect(answer.status).toBe(401);
      expect(answer.body['code']).toBe('missing_api_key');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    });

    it('refuses an unknown key', async () => {
      const answer = await server.call('GET /v1/meters', { key: 'odo_unknown' });
      expect([answer.status, answer.body['code']]).toEqual([401, 'unknown_api_key']);
    });

    it.each([
      ['read', 'GET /v1/meters', 200],
      ['read', 'POST /v1/meters', 403],
      ['read', 'GET /v1/api_keys', 403],
      ['read', 'POST /v1/events', 403],
      ['ingest', 'GET /v1/meters', 403],
      ['ingest', 'POST /v1/events', 202],
      ['write', 'POST /v1/meters', 201],
      ['write', 'POST /v1/tenants', 403],
    ])('lets a key with %s do %s: %i', async (scope, request, status) => {
      const key = await secretOf([scope]);
      const meter = { ...METER, code: `by_${scope}` };
      const event = { transaction_id: `by ${scope}`, code: 'calls', customer_id: 'c' };
      const body = request.endsWith('events') ? event : meter;
      const answer = await server.call(
        request,
        request.startsWith('POST') ? { key, body } : { key },
      );
      expect(answer.status).toBe(status);
    });

    it('lets a revoked key in no more, once it is forgotten', async () => {
      const { body } = await server.call('POST /v1/api_keys', {
        body: { name: 'short', scopes: ['read'] },
      });
      const revoked = await server.call(`DELETE /v1/api_keys/${String(body['id'])}`);
      const position = revoked.headers.get('odometer-position') ?? '';
      await server.call('GET /v1/meters', { headers: { 'odometer-min-position': position } });
      const answer = await server.call('GET /v1/meters', { key: body['secret'] as string });
      expect([revoked.status, answer.status]).toEqual([204, 401]);
    });

    it('never shows another tenant what is not its own', async () => {
      await server.call('POST /v1/customers', { body: { external_id: 'ours', name: 'Ours' } });
      const other = await server.call('POST /v1/tenants', { body: { name: 'Other Corp' } });
      const key = (other.body['admin_key'] as { secret: string }).secret;
      expect(other.body['id']).toBe('other_corp');
      expect((await server.call('GET /v1/customers/ours', { key })).status).toBe(404);
      expect((await server.call('DELETE /v1/customers/ours', { key })).status).toBe(404);
      expect((await server.call('GET /v1/customers', { key })).body).toEqual({
        data: [],
        next_cursor: null,
      });
      const tenants = await server.call('POST /v1/tenants', { key, body: { name: 'Third' } });
      expect([tenants.status, tenants.body['code']]).toEqual([403, 'not_first_tenant']);
    });
  });

  describe('checks what it is sent', () => {
    it('points at every bad field at once', async () => {
      const answer = await server.call('POST /v1/plans', {
        body: {
          code: 'p',
          name: '',
          interval: 'fortnight',
          amount: 1.5,
          charges: [{ meter_code: 'calls', model: 'standard', extra: 1 }],
          bogus: true,
        },
      });
      expect(answer.status).toBe(422);
      expect(answer.body['code']).toBe('validation_failed');
      const errors = answer.body['errors'] as { pointer: string; code: string }[];
      expect(errors.map(({ pointer, code }) => [pointer, code]).sort()).toEqual([
        ['/amount', 'is_int'],
        ['/bogus', 'unknown_field'],
        ['/charges/0/extra', 'unknown_field'],
        ['/charges/0/properties', 'required'],
        ['/currency', 'required'],
        ['/interval', 'is_in'],
        ['/name', 'min_length'],
      ]);
    });

    it.each([
      ['that is no JSON', '{bad', 400, 'malformed_body'],
      ['that is empty', '', 422, 'validation_failed'],
      ['that is a list', '[]', 422, 'validation_failed'],
      ['that is null', 'null', 422, 'validation_failed'],
      ['that is a text', '"text"', 422, 'validation_failed'],
      ['over a megabyte', `{"code":"${'x'.repeat(1_100_000)}"}`, 413, 'body_too_large'],
    ])('answers a body %s in its own way', async (_, text, status, code) => {
      const answer = await server.call('POST /v1/meters', { text });
      expect([answer.status, answer.body['code']]).toEqual([status, code]);
    });

    it('knows no other content than JSON', async () => {
      const headers = { 'content-type': 'text/csv' };
      const answer = await server.call('POST /v1/meters', { text: 'a,b', headers });
      expect([answer.status, answer.body['code']]).toEqual([415, 'unsupported_media_type']);
    });

    it.each([
      ['GET /v1/nowhere', 404, 'route_not_found'],
      ['GET /v1/customers/%zz', 400, 'malformed_url'],
      ['GET /v1/customers/nobody', 404, 'customer_not_found'],
      ['GET /v1/meters?limit=0', 422, 'validation_failed'],
      ['GET /v1/meters?colour=red', 422, 'validation_failed'],
      ['GET /v1/meters?cursor=made-up', 422, 'invalid_cursor'],
    ])('answers %s with %i %s', async (request, status, code) => {
      const answer = await server.call(request);
      expect([answer.status, answer.body['code']]).toEqual([status, code]);
    });

    it('takes any id that is percent-encoded', async () => {
      const id = 'ac/me é 🚀 ?&%';
      await server.call('POST /v1/customers', { body: { external_id: id } });
      const answer = await server.call(`GET /v1/customers/${encodeURIComponent(id)}`);
      expect([answer.status, answer.body['external_id']]).toEqual([200, id]);
    });
  });

  describe('runs a command once', () => {
    const headers = { 'idempotency-key': 'once' };
    const body = { external_id: 'once', name: 'Once' };

    it('gives the first answer again to the same request', async () => {
      const first = await server.call('POST /v1/customers', { body, headers });
      const again = await server.call('POST /v1/customers', { body, headers });
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
      expect(first.headers.get('idempotency-replayed')).toBeNull();
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    });

    it('refuses the key for another request', async () => {
      const other = { ...body, name: 'Twice' };
      const answer = await server.call('POST /v1/customers', { body: other, headers });
      expect([answer.status, answer.body['code']]).toEqual([409, 'idempotency_key_reused']);
    });

    it('does not take another request with the same key for a repeat, whatever its method', async () => {
      const customer = 'PATCH /v1/customers/once';
      const names = [];
      for (const name of ['Patched', 'Patched again', 'Patched']) {
        const answer = await server.call(customer, { body: { name }, headers: KEY('patch') });
        names.push([answer.status, answer.body['name']]);
      }
      // The last one is the first one again, which has been done.
      expect(names).toEqual([
        [200, 'Patched'],
        [200, 'Patched again'],
        [200, 'Patched again'],
      ]);
    });

    it('refuses the second of two at once', async () => {
      const sent = { body: { code: 'race', now: '2026-01-01T00:00:00Z' }, headers: KEY('race') };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => server.call('POST /v1/test_clocks', sent)),
      );
      const codes = answers.map(({ status, body: said }) => [status, said['code']].join(' '));
      expect(codes).toContain('201 race');
      expect(codes.filter((code) => !/^(201 race|409 idempotency_key_in_use)$/.test(code))).toEqual(
        [],
      );
    });

    it('lets the key be used again after a refusal', async () => {
      const bad = await server.call('POST /v1/subscriptions', {
        body: { external_id: 's', customer_id: 'nobody', plan_code: 'none' },
        headers: KEY('refused'),
      });
      const good = await server.call('POST /v1/customers', {
        body: { external_id: 'later' },
        headers: KEY('refused'),
      });
      expect([bad.status, good.status]).toEqual([422, 201]);
    });

    it('does not keep the secret of a new API key', async () => {
      const sent = { body: { name: 'kept', scopes: ['read'] }, headers: KEY('secret') };
      const first = await server.call('POST /v1/api_keys', sent);
      const again = await server.call('POST /v1/api_keys', sent);
      expect(first.body['secret']).toMatch(/^odo_[\w-]{43}$/);
      expect(again.body).toEqual({ ...first.body, secret: null });
    });
  });

  describe('lets a reader see its own writes', () => {
    it('waits for the position of the write', async () => {
      const written = await server.call('POST /v1/meters', { body: { ...METER, code: 'seen' } });
      const position = written.headers.get('odometer-position') ?? '';
      const list = await server.call(`GET /v1/meters?limit=1000&min_position=${position}`);
      const codes = (list.body['data'] as { code: string }[]).map(({ code }) => code);
      expect(codes).toContain('seen');
    });

    it('answers 503 when the position is not reached in time', async () => {
      const headers = { 'odometer-min-position': '1000000' };
      const answer = await server.call('GET /v1/meters', { headers });
      expect([answer.status, answer.body['code']]).toEqual([503, 'position_not_reached']);
      expect(answer.headers.get('retry-after')).toBe('1');
    });

    it('refuses what is no position', async () => {
      const answer = await server.call('GET /v1/meters?min_position=soon');
      expect([answer.status, pointers(answer)]).toEqual([422, ['/min_position']]);
    });
  });

  it('keeps a request id that is sane, and makes one else', async () => {
    const sane = await server.call('GET /health', { headers: { 'x-request-id': 'req-1.a:b' } });
    const wild = await server.call('GET /health', { headers: { 'x-request-id': 'a b' } });
    expect(sane.headers.get('x-request-id')).toBe('req-1.a:b');
    expect(wild.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is healthy and ready, without a key', async () => {
    const health = await server.call('GET /health', { key: null });
    const ready = await server.call('GET /health/ready', { key: null });
    expect([health.status, health.body['status']]).toEqual([200, 'ok']);
    expect([ready.status, ready.body['status']]).toEqual([200, 'ok']);
  });

  it('measures itself', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/^odometer_http_request_seconds_count\{.*route="\/v1\/meters"/m);
    expect(text).toMatch(/^odometer_projection_lag\{projection="usage"\} \d+$/m);
  });

  it('serves the OpenAPI document that is committed (else: npm run openapi)', async () => {
    const served = await server.call('GET /openapi.json', { key: null });
    const committed = await readFile('libs/contracts/openapi.json', 'utf8');
    expect(served.body).toEqual(JSON.parse(committed));
  });

  it('serves a page to read the API', async () => {
    const page = await fetch(`${server.url}/docs`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  });
});

const KEY = (key: string): Record<string, string> => ({ 'idempotency-key': key });

describe('a server with a small rate limit', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ ODOMETER_RATE_LIMIT: '1', ODOMETER_RATE_LIMIT_BURST: '3' });
  });
  afterAll(() => server.stop());

  it('answers 429 when a key sends too many requests', async () => {
    const answers: Answer[] = [];
    for (let i = 0; i < 5; i += 1) answers.push(await server.call('GET /v1/meters'));
    const last = answers[4]!;
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(last.body['code']).toBe('rate_limited');
    expect(last.headers.get('retry-after')).toBe('1');
  });
});
