import type { IHeaders, KafkaMessage } from 'kafkajs';
import { letterOf, readLetter, revived } from './dead-letter.js';
import { REASON_LENGTH_MAX } from './limits.js';
import { Poison } from './read-message.js';

const SOURCE = { topic: 'odometer.usage', partition: 3 };
const AT = Date.parse('2026-01-31T12:00:00Z');
const MESSAGE = {
  key: Buffer.from([0, 255]),
  value: Buffer.from('{"bad'),
  timestamp: '1769860800123',
  attributes: 0,
  offset: '42',
  headers: { 'odometer-tenant': Buffer.from('acme'), trace: [Buffer.from('a'), Buffer.from('b')] },
} satisfies KafkaMessage;

/** As the broker would hand it over. */
const through = (letter: ReturnType<typeof letterOf>, offset: string): KafkaMessage =>
  ({ ...MESSAGE, ...letter, offset }) as KafkaMessage;

it('a letter says what was wrong, and where and when', () => {
  const poison = new Poison('1 field is wrong', [
    { pointer: '/code', code: 'required', detail: 'code is missing' },
  ]);
  expect(readLetter(through(letterOf(MESSAGE, SOURCE, poison, AT), '7'))).toMatchObject({
    offset: 7,
    source: { ...SOURCE, offset: 42 },
    reason: '1 field is wrong',
    errors: poison.errors,
    at: '2026-01-31T12:00:00.000Z',
    attempts: 1,
  });
});

it('a letter that is sent again is the message as it was, and knows that it was refused', () => {
  const letter = readLetter(through(letterOf(MESSAGE, SOURCE, new Poison('no'), AT), '7'));
  expect(revived(letter)).toEqual({
    key: MESSAGE.key,
    value: MESSAGE.value,
    timestamp: MESSAGE.timestamp,
    headers: { ...MESSAGE.headers, 'odometer-dead-attempts': '1' },
  });
  const again = letterOf(through(revived(letter), '43'), SOURCE, new Poison('no'), AT);
  expect(readLetter(through(again, '8')).attempts).toBe(2);
});

it('a reason has an end', () => {
  const letter = letterOf(MESSAGE, SOURCE, new Poison('x'.repeat(REASON_LENGTH_MAX + 1)), AT);
  expect(readLetter(through(letter, '7')).reason).toHaveLength(REASON_LENGTH_MAX);
});

it('a header without a value does not keep a message from its grave', () => {
  const headers = { none: null, some: [Buffer.from('a'), null] } as unknown as IHeaders;
  const letter = letterOf({ ...MESSAGE, headers }, SOURCE, new Poison('no'), AT);
  expect(letter.headers).toMatchObject({ none: '', some: [Buffer.from('a'), ''] });
});
