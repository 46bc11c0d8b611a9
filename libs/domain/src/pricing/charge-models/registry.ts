import type { ChargeModel } from '../charge-model.js';
import { dynamic } from './dynamic/dynamic.js';
import { graduatedPercentage } from './graduated-percentage/graduated-percentage.js';
import { graduated } from './graduated/graduated.js';
import { packageModel } from './package/package.js';
import { percentage } from './percentage/percentage.js';
import { standard } from './standard/standard.js';
import { volume } from './volume/volume.js';

/** Every price form, in the order in which they are shown. */
export const chargeModels: readonly ChargeModel[] = [
  standard,
  graduated,
  volume,
  packageModel,
  percentage,
  graduatedPercentage,
  dynamic,
];

const byCode: ReadonlyMap<string, ChargeModel> = new Map(
  chargeModels.map((model) => [model.code, model]),
);

export const findChargeModel = (code: string): ChargeModel | undefined => byCode.get(code);
