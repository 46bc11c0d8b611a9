import type { TestServer } from '../../apps/server/src/server.fixture.js';

export type Body = Record<string, unknown>;

/** A tenant of its own for each scenario, seen through the HTTP API only. Reads wait for everything that was sent before. */
export class ScenarioTenant {
  private position = 0;

  private constructor(
    private readonly server: TestServer,
    private readonly key: string,
  ) {}

  static async create(server: TestServer, name: string): Promise<ScenarioTenant> {
    const { status, body } = await server.call('POST /v1/tenants', { body: { name } });
    expect([name, status]).toEqual([name, 201]);
    return new ScenarioTenant(server, (body['admin_key'] as { secret: string }).secret);
  }

  /** A command; throws unless it is done. */
  async send(request: string, body?: object): Promise<Body> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.attempt(request, text);
    if (answer.status >= 300) throw new Error(`${request}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A command as it is answered, also where it is refused. */
  async attempt(
    request: string,
    text: string | undefined,
    contentType = 'application/json',
  ): Promise<{ readonly status: number; readonly body: Body }> {
    const content = text === undefined ? {} : { text, headers: { 'content-type': contentType } };
    const { status, body, headers } = await this.server.call(request, {
      key: this.key,
      ...content,
    });
    if (status < 300) this.reached(headers.get('odometer-position') ?? body['position']);
    return { status, body };
  }

  async read(path: string, query: Readonly<Record<string, string>> = {}): Promise<Body> {
    const search = new URLSearchParams(query).toString();
    const request = `GET ${path}${search === '' ? '' : `?${search}`}`;
    const headers = { 'odometer-min-position': String(this.position) };
    const { status, body } = await this.server.call(request, { key: this.key, headers });
    if (status !== 200) throw new Error(`${request}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** All of a list, whatever the size of its pages. */
  async list<Item>(path: string, query: Readonly<Record<string, string>> = {}): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: unknown;
    do {
      const more = typeof cursor === 'string' ? { cursor } : {};
      const page = await this.read(path, { ...query, ...more, limit: '100' });
      items.push(...(page['data'] as Item[]));
      cursor = page['next_cursor'];
    } while (typeof cursor === 'string');
    return items;
  }

  private reached(position: unknown): void {
    this.position = Math.max(this.position, Number(position ?? 0));
  }
}
