import type { Body, ScenarioTenant } from './scenario-tenant.js';

/** A scenario in the words of the API itself: requests in order, and what their answers say at some places. */
export interface ApiScenario {
  readonly id: string;
  readonly title: string;
  readonly steps: readonly (SendStep | ReadStep)[];
  readonly note?: string;
  /** Where the answer differs from the peer's on purpose: what the peer answers, and why it is not so here. */
  readonly difference?: string;
}

interface SendStep {
  /** As `POST /v1/meters`. */
  readonly send: string;
  readonly body?: unknown;
  /** In place of `body`: sent one after the other. */
  readonly each?: readonly unknown[];
  /** In place of `body`: a batch of so many records; `{n}` in a text stands for 0, 1, … */
  readonly batch?: { readonly count: number; readonly record: Body };
  readonly type?: string;
  /** Where it is not done. */
  readonly status?: number;
  readonly expect?: Expected;
}

interface ReadStep {
  readonly read: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly expect: Expected;
}

/** By place: `data.0.total`, `lines[type=true_up].amount` for the first that fits, `data.*.value` for all, `data.length`. */
type Expected = Readonly<Record<string, unknown>>;

export async function walk(tenant: ScenarioTenant, { steps }: ApiScenario): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const answers = 'send' in step ? await send(tenant, step) : [await read(tenant, step)];
    const expected = step.expect ?? {};
    for (const answer of answers) {
      const actual = Object.keys(expected).map((place) => [place, at(answer, place)] as const);
      expect({ step: index + 1, ...Object.fromEntries(actual) }).toEqual({
        step: index + 1,
        ...expected,
      });
    }
  }
}

const read = (tenant: ScenarioTenant, step: ReadStep): Promise<Body> =>
  tenant.read(step.read, step.query);

async function send(tenant: ScenarioTenant, step: SendStep): Promise<Body[]> {
  const answers: Body[] = [];
  for (const body of bodiesOf(step)) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { status, body: answer } = await tenant.attempt(step.send, text, step.type);
    const { detail } = answer;
    const expected = step.status ?? (status < 300 ? status : 200);
    expect({ sent: step.send, status, detail }).toEqual({
      sent: step.send,
      status: expected,
      detail,
    });
    answers.push(answer);
  }
  return answers;
}

function bodiesOf({ body, each, batch }: SendStep): readonly unknown[] {
  if (batch === undefined) return each ?? [body];
  const events = Array.from(
    { length: batch.count },
    (_, n) => JSON.parse(JSON.stringify(batch.record).replaceAll('{n}', String(n))) as Body,
  );
  return [{ events }];
}

const CHOICE = /^(\w+)\[(\w+)=([^\]]*)\]$/;

function at(value: unknown, place: string): unknown {
  const [first = '', ...rest] = place.split('.');
  const choice = CHOICE.exec(first);
  if (choice) {
    const [, name = '', key = '', wanted] = choice;
    const found = listAt(value, name).find((item) => String(field(item, key)) === wanted);
    return rest.length === 0 ? found : at(found, rest.join('.'));
  }
  if (first === '*') {
    const list = Array.isArray(value) ? (value as unknown[]) : [];
    return list.map((item) => at(item, rest.join('.')));
  }
  const next = field(value, first);
  return rest.length === 0 ? next : at(next, rest.join('.'));
}

const listAt = (value: unknown, name: string): readonly unknown[] => {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Body)[name] : undefined;
