import { RuleBroken } from '@odometer/domain';
import {
  AppendQueueFull,
  RevisionConflict,
  StoreUnavailable,
  UnknownOutcome,
} from '@odometer/event-store';
import { refusalOf } from './problem-table.js';
import { HttpProblem } from './problem.js';

const withCode = (code: string): Error => Object.assign(new Error('secret detail'), { code });
const withStatus = (statusCode: number): Error =>
  Object.assign(new Error('from the framework'), { statusCode });

describe('the table of problems', () => {
  it.each([
    [new RuleBroken('broken', 'No.'), 422, 'broken'],
    [new RuleBroken('clash', 'No.', 'conflict'), 409, 'clash'],
    [new RuleBroken('nowhere', 'No.', 'not_found'), 404, 'nowhere'],
    [new HttpProblem(429, 'slow', 'Slower.'), 429, 'slow'],
    [new RevisionConflict('meter-a-b', 1, 2), 409, 'concurrent_change'],
    [new UnknownOutcome('cut'), 503, 'outcome_unknown'],
    [new AppendQueueFull('full'), 429, 'log_busy'],
    [new StoreUnavailable('away'), 503, 'log_unavailable'],
    [withCode('ECONNREFUSED'), 503, 'database_unavailable'],
    [withCode('57P01'), 503, 'database_unavailable'],
    [withCode('53300'), 503, 'database_unavailable'],
    [new Error('Query read timeout'), 503, 'database_unavailable'],
    [new Error('Connection terminated unexpectedly'), 503, 'database_unavailable'],
    [new Error('timeout exceeded when trying to connect'), 503, 'database_unavailable'],
    [withStatus(400), 400, 'malformed_body'],
    [withStatus(404), 404, 'route_not_found'],
    [withStatus(413), 413, 'body_too_large'],
    [withStatus(415), 415, 'unsupported_media_type'],
  ])('%s', (error, status, code) => {
    expect(refusalOf(error)?.document).toMatchObject({ status, code, type: 'about:blank' });
  });

  it.each([new Error('bug'), new TypeError('bug'), withCode('23505'), 'text', undefined])(
    'takes %p for a defect',
    (error) => expect(refusalOf(error)).toBeUndefined(),
  );

  it('names every bad field', () => {
    const errors = [{ pointer: '/a', code: 'required', detail: 'Must be there.' }];
    const broken = new RuleBroken('validation_failed', 'No.', 'invalid', errors);
    expect(refusalOf(broken)?.document).toEqual({
      type: 'about:blank',
      title: 'Invalid',
      status: 422,
      code: 'validation_failed',
      detail: 'No.',
      errors,
    });
  });

  it.each([new RevisionConflict('s', 1, 2), new UnknownOutcome('cut'), withCode('ECONNRESET')])(
    'says when to try again after %s',
    (error) => expect(refusalOf(error)?.headers).toEqual({ 'retry-after': '1' }),
  );

  it('does not tell what the database said', () => {
    expect(JSON.stringify(refusalOf(withCode('57P03')))).not.toContain('secret detail');
  });
});
