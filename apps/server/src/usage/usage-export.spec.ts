import type { AskedUsage } from './asked-usage.js';
import { countWindows, USAGE_EXPORT_WINDOWS_MAX } from './usage-export.js';

const MINUTE_MS = 60_000;

describe('the windows of an export', () => {
  const count = (minutes: number, window?: AskedUsage['window']): Promise<number> =>
    countWindows({
      period: { from: 0, to: minutes * MINUTE_MS },
      timezone: 'UTC',
      window,
    } as AskedUsage);

  it('are counted before the first is read', async () => {
    expect([await count(90), await count(90, 'minute'), await count(90, 'hour')]).toEqual([
      1, 90, 2,
    ]);
    expect(await count(USAGE_EXPORT_WINDOWS_MAX, 'minute')).toBe(USAGE_EXPORT_WINDOWS_MAX);
  });

  it('are refused where they are too many', async () => {
    await expect(count(USAGE_EXPORT_WINDOWS_MAX + 1, 'minute')).rejects.toMatchObject({
      errors: [{ pointer: '/window', code: 'too_many_windows' }],
    });
  });
});
