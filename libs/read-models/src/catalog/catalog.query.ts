import type { Feature, Meter, Plan } from '@odometer/domain';
import type { DataSource, EntitySchema } from 'typeorm';
import { decodeCursor, limitOf, pageOf, type Page, type PageRequest } from '../cursor.js';
import {
  featureEntity,
  meterEntity,
  meterVersionEntity,
  planEntity,
  planVersionEntity,
  type CurrentRow,
  type VersionRow,
} from './catalog.table.js';

/** A meter, plan or feature as it is now. */
export interface Current<Definition> {
  readonly definition: Definition;
  readonly archived: boolean;
}

export interface CatalogRequest extends PageRequest {
  /** Default false: what is archived is left out. */
  readonly withArchived?: boolean | undefined;
}

/** Also an archived one; null when the tenant has none of that code. */
export const findMeter = (
  source: DataSource,
  tenant: string,
  code: string,
): Promise<Current<Meter> | null> => findCurrent(source, meterEntity, tenant, code);

/** Also an archived one; null when the tenant has none of that code. */
export const findPlan = (
  source: DataSource,
  tenant: string,
  code: string,
): Promise<Current<Plan> | null> => findCurrent(source, planEntity, tenant, code);

/** Also an archived one; null when the tenant has none of that code. */
export const findFeature = (
  source: DataSource,
  tenant: string,
  code: string,
): Promise<Current<Feature> | null> => findCurrent(source, featureEntity, tenant, code);

/** A version of a meter, as it was when usage was counted by it. */
export const findMeterVersion = (
  source: DataSource,
  tenant: string,
  version: { readonly code: string; readonly version: number },
): Promise<Meter | null> => findVersion(source, meterVersionEntity, tenant, version);

/** A version of a plan, the one that a subscription refers to. */
export const findPlanVersion = (
  source: DataSource,
  tenant: string,
  version: { readonly code: string; readonly version: number },
): Promise<Plan | null> => findVersion(source, planVersionEntity, tenant, version);

/** All versions of a meter, oldest first. */
export const meterVersions = (source: DataSource, tenant: string, code: string): Promise<Meter[]> =>
  versionsOf(source, meterVersionEntity, tenant, code);

/** All versions of a plan, oldest first. */
export const planVersions = (source: DataSource, tenant: string, code: string): Promise<Plan[]> =>
  versionsOf(source, planVersionEntity, tenant, code);

/** Current meters by code. */
export const listMeters = (
  source: DataSource,
  tenant: string,
  request: CatalogRequest = {},
): Promise<Page<Current<Meter>>> => listCurrent(source, meterEntity, tenant, request);

/** Current plans by code. */
export const listPlans = (
  source: DataSource,
  tenant: string,
  request: CatalogRequest = {},
): Promise<Page<Current<Plan>>> => listCurrent(source, planEntity, tenant, request);

/** Features by code. */
export const listFeatures = (
  source: DataSource,
  tenant: string,
  request: CatalogRequest = {},
): Promise<Page<Current<Feature>>> => listCurrent(source, featureEntity, tenant, request);

async function findCurrent<Definition extends object>(
  source: DataSource,
  entity: EntitySchema<CurrentRow<Definition>>,
  tenant: string,
  code: string,
): Promise<Current<Definition> | null> {
  const row = await source
    .getRepository(entity)
    .createQueryBuilder('e')
    .where('e.tenant = :tenant AND e.code = :code', { tenant, code })
    .getOne();
  return row && currentOf(row);
}

async function findVersion<Definition extends object>(
  source: DataSource,
  entity: EntitySchema<VersionRow<Definition>>,
  tenant: string,
  { code, version }: { readonly code: string; readonly version: number },
): Promise<Definition | null> {
  const row = await source
    .getRepository(entity)
    .createQueryBuilder('e')
    .where('e.tenant = :tenant AND e.code = :code', { tenant, code })
    .andWhere('e.version = :version', { version })
    .getOne();
  return row && row.definition;
}

async function versionsOf<Definition extends object>(
  source: DataSource,
  entity: EntitySchema<VersionRow<Definition>>,
  tenant: string,
  code: string,
): Promise<Definition[]> {
  const rows = await source
    .getRepository(entity)
    .createQueryBuilder('e')
    .where('e.tenant = :tenant AND e.code = :code', { tenant, code })
    .orderBy('e.version')
    .getMany();
  return rows.map(({ definition }) => definition);
}

async function listCurrent<Definition extends object>(
  source: DataSource,
  entity: EntitySchema<CurrentRow<Definition>>,
  tenant: string,
  request: CatalogRequest,
): Promise<Page<Current<Definition>>> {
  const limit = limitOf(request);
  const query = source
    .getRepository(entity)
    .createQueryBuilder('e')
    .where('e.tenant = :tenant', { tenant });
  if (request.withArchived !== true) query.andWhere('NOT e.archived');
  if (request.cursor !== undefined) {
    const [after] = decodeCursor(request.cursor, ['string'] as const);
    query.andWhere('e.code > :after', { after });
  }
  const rows = await query
    .orderBy('e.code')
    .limit(limit + 1)
    .getMany();
  return pageOf(rows, limit, { item: currentOf, keys: ({ code }) => [code] });
}

const currentOf = <Definition>({
  definition,
  archived,
}: CurrentRow<Definition>): Current<Definition> => ({ definition, archived });
