import type { ChargeModel } from '../charge-model.js';
import { graduated } from './graduated/graduated.js';
import { packageModel } from './package/package.js';
import { standard } from './standard/standard.js';
import { volume } from './volume/volume.js';

/** Every price form, in the order in which they are shown. */
export const chargeModels: readonly ChargeModel[] = [standard, graduated, volume, packageModel];

const byCode: ReadonlyMap<string, ChargeModel> = new Map(
  chargeModels.map((model) => [model.code, model]),
);

export const findChargeModel = (code: string): ChargeModel | undefined => byCode.get(code);
