import { API_KEY } from './processes.js';

/** The public API, for all that is not measured. */
export class Api {
  constructor(private readonly port: number) {}

  async post<Answer>(path: string, body: object): Promise<Answer> {
    const answer = await this.ask(path, { method: 'POST', body: JSON.stringify(body) });
    return answer.json() as Promise<Answer>;
  }

  async get<Answer>(path: string, minPosition = 0): Promise<Answer> {
    const headers = { 'odometer-min-position': String(minPosition) };
    return (await this.ask(path, { headers })).json() as Promise<Answer>;
  }

  private async ask(path: string, request: RequestInit): Promise<Response> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      ...request,
      headers: {
        ...(request.headers as Record<string, string> | undefined),
        authorization: `Bearer ${API_KEY}`,
        ...(request.body == null ? {} : { 'content-type': 'application/json' }),
      },
    });
    if (answer.ok) return answer;
    throw new Error(`${request.method ?? 'GET'} ${path} → ${answer.status} ${await answer.text()}`);
  }
}
