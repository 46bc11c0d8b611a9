import { validVersions, type Meter } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';
import { MeterAnswer, meterAnswer } from './meter.dto.js';

export const MeterVersionAnswer = answer(
  'MeterVersion',
  Type.Composite([
    MeterAnswer,
    Type.Object({
      in_force: Type.Boolean({ description: 'Whether any records are counted so.' }),
      valid_until: Nullable(
        InstantText('Records from then on are counted by the next version in force.'),
      ),
    }),
  ]),
);

export const MeterVersionPage = pageOf('MeterVersion', MeterVersionAnswer);

/** The versions of a meter, the latest first. `all` begins with the first; the last of them says which ones are in force. */
export function versionAnswers(all: readonly Meter[]): Static<typeof MeterVersionAnswer>[] {
  const last = all.at(-1);
  const valid = last === undefined ? [] : validVersions(last);
  const shown = all.map((meter) => {
    const place = valid.findIndex(({ version }) => version === meter.version);
    return {
      ...meterAnswer(meter),
      in_force: place >= 0,
      valid_until: place >= 0 ? (valid[place + 1]?.validFrom ?? null) : null,
    };
  });
  return shown.reverse();
}
