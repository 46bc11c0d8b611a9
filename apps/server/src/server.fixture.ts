import 'reflect-metadata';
import { createTestDatabase } from '@odometer/testing';
import { pino } from 'pino';
import { readConfig } from './config/config.js';
import { startServer } from './roles/server.js';

export const ADMIN_KEY = 'odo_test_admin_key_0123456789';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface TestServer {
  readonly url: string;
  /** Sends JSON with the admin key, unless another key or null is given. */
  call(request: string, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

/** A whole server in this process, on a database and a port of its own. */
export async function startTestServer(variables: Record<string, string> = {}): Promise<TestServer> {
  const database = await createTestDatabase();
  const config = readConfig({
    DATABASE_URL: database.url,
    PORT: '0',
    HOST: '127.0.0.1',
    ODOMETER_ADMIN_KEY: ADMIN_KEY,
    ODOMETER_DATABASE_POOL: '8',
    // A thread runs what was built; here the sources run.
    ODOMETER_PROJECTOR_THREADS: '0',
    ...variables,
  });
  const server = await startServer(config, pino({ level: 'silent' }));
  const url = server.url.replace('localhost', '127.0.0.1');
  return {
    url,
    call: (request, options) => call(url, request, options),
    stop: async () => {
      await server.stop();
      await database.drop();
    },
  };
}

async function call(url: string, request: string, options: CallOptions = {}): Promise<Answer> {
  const [method = 'GET', path = '/'] = request.split(' ');
  const text = options.text ?? (options.body === undefined ? null : JSON.stringify(options.body));
  const answer = await fetch(url + path, { method, headers: headersOf(options), body: text });
  const content = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (content === '' ? {} : JSON.parse(content)) as Record<string, unknown>,
  };
}

function headersOf({ key = ADMIN_KEY, body, text, headers }: CallOptions): Record<string, string> {
  const hasBody = body !== undefined || text !== undefined;
  return {
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
    ...headers,
  };
}
