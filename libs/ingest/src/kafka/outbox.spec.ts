import type { Message } from 'kafkajs';
import { SEND_BYTES_MAX, SEND_MESSAGES_MAX } from './limits.js';
import { Outbox, type Outgoing } from './outbox.js';

const outgoing = (from: number, count: number, bytes = 100): Outgoing[] =>
  Array.from({ length: count }, (_, at) => ({ message: { value: String(from + at) }, bytes }));

const numbers = (messages: readonly Message[]): number[] =>
  messages.map(({ value }) => Number(value));

/** A broker that answers when it is told to, once for each request. */
function slowBroker() {
  const requests: number[][] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const outbox = new Outbox(
    (messages) =>
      new Promise((resolve, reject) => {
        requests.push(numbers(messages));
        answers.push({ resolve, reject });
      }),
  );
  const answer = async (error?: Error): Promise<void> => {
    while (answers.length === 0) await turn();
    const next = answers.shift()!;
    if (error) next.reject(error);
    else next.resolve();
    await turn();
  };
  return { outbox, requests, answer };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('gathers what arrives while a request is on its way, in its order', async () => {
  const { outbox, requests, answer } = slowBroker();
  const first = outbox.add(outgoing(0, 1));
  await turn();
  const rest = [1, 2, 3].map((from) => outbox.add(outgoing(from, 1)));
  await answer();
  await first;
  await answer();
  await Promise.all(rest);
  expect(requests).toEqual([[0], [1, 2, 3]]);
});

it.each([
  ['messages', SEND_MESSAGES_MAX + 1, 1],
  ['bytes', 3, SEND_BYTES_MAX / 2],
])(
  'cuts where a request has enough %s, and confirms when all of it is confirmed',
  async (_, count, bytes) => {
    const { outbox, requests, answer } = slowBroker();
    let confirmed = false;
    const sending = outbox.add(outgoing(0, count, bytes)).then(() => (confirmed = true));
    await answer();
    expect(confirmed).toBe(false);
    await answer();
    await sending;
    expect(requests.map((request) => request.length)).toEqual([count - 1, 1]);
  },
);

it('sends one message that is larger than a request should be', async () => {
  const { outbox, answer } = slowBroker();
  const sending = outbox.add(outgoing(0, 1, SEND_BYTES_MAX * 2));
  await answer();
  await expect(sending).resolves.toBeUndefined();
});

it('tells a failure to those whose messages were in the request, and to no one else', async () => {
  const { outbox, requests, answer } = slowBroker();
  const first = outbox.add(outgoing(0, 1));
  await turn();
  const large = outbox.add(outgoing(1, SEND_MESSAGES_MAX + 5));
  const later = outbox.add(outgoing(9_000, 1));
  await answer();
  await first;
  const told = expect(large).rejects.toThrow('the broker went away');
  await answer(new Error('the broker went away'));
  await told;
  await answer();
  await expect(later).resolves.toBeUndefined();
  expect(requests.map((request) => request.length)).toEqual([1, SEND_MESSAGES_MAX, 1]);
});

it('has nothing to send of nothing', async () => {
  await expect(slowBroker().outbox.add([])).resolves.toBeUndefined();
});
