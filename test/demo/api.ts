/** An answer of the API that was not expected, in words. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
}

interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

const PAGE_SIZE = 100;

const ATTEMPTS_MAX = 6;
const RETRIED = new Set([429, 503]);
/** Requests that are under way at once. */
const CONCURRENCY = 8;

/**
 * A small client of the public API. Requests that are refused for the moment are repeated; every request here may be. A query
 * waits until the server has taken in what this client wrote before it.
 */
export class Api {
  private position = 0;

  constructor(
    readonly url: string,
    private readonly key: string,
  ) {}

  async get<T>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  /** All entries of a list. */
  async list<T>(path: string): Promise<T[]> {
    const entries: T[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<T> = await this.get(`${path}?limit=${PAGE_SIZE}${more}`);
      entries.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return entries;
  }

  async post<T>(path: string, body: object): Promise<T> {
    return this.send<T>('POST', path, body);
  }

  private async send<T>(method: string, path: string, body?: object): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.fetch(method, path, body);
      const text = await response.text();
      this.position = Math.max(this.position, positionOf(response, text));
      if (response.ok) return JSON.parse(text) as T;
      if (!RETRIED.has(response.status) || attempt === ATTEMPTS_MAX) {
        throw new ApiRefusal(`${method} ${path} answered ${response.status}: ${text}`);
      }
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    }
  }

  private async fetch(method: string, path: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.key}` };
    if (body) headers['content-type'] = 'application/json';
    if (method === 'GET') headers['odometer-min-position'] = String(this.position);
    try {
      return await fetch(this.url + path, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ApiRefusal(`There is no answer from ${this.url} (${reason}). Is Odometer running?`);
    }
  }
}

/** Commands tell the position in a header, usage in its answer. */
function positionOf(response: Response, text: string): number {
  const header = response.headers.get('odometer-position');
  if (header !== null) return Number(header);
  if (response.status !== 202) return 0;
  return (JSON.parse(text) as { position: number }).position;
}

/** Does something with each item, a few at once, and answers in the order of the items. */
export async function each<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
  onDone: () => void,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await act(items[index]!);
      onDone();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results;
}
