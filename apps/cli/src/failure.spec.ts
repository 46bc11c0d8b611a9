import { StoreUnavailable } from '@odometer/event-store';
import { CommandRefused, describeFailure } from './failure.js';

describe('a command that fails', () => {
  it('says what the user can change, without a trace of the code', () => {
    expect(describeFailure(new CommandRefused('both stores are the same'))).toBe(
      'both stores are the same',
    );
    expect(describeFailure(new StoreUnavailable('the log is away'))).toBe('the log is away');
    const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
      code: 'ECONNREFUSED',
    });
    expect(describeFailure(away)).toBe('connect ECONNREFUSED 127.0.0.1:1');
  });

  it('says where it happened when the fault is ours', () => {
    expect(describeFailure(new TypeError('x is not a function'))).toContain('failure.spec.ts');
    expect(describeFailure('odd')).toBe('odd');
  });
});
