import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TerminusModule } from '@nestjs/terminus';
import { AggregationsController } from './aggregations/aggregations.controller.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { IssueApiKeyHandler } from './api-keys/issue-api-key.js';
import { RevokeApiKeyHandler } from './api-keys/revoke-api-key.js';
import { Balances } from './balances/balances.js';
import { BalancesController } from './balances/balances.controller.js';
import { TrackUsage } from './balances/track-usage.js';
import { Billing } from './billing/billing.js';
import { Aggregates } from './commands/aggregates.js';
import { Catalog } from './commands/catalog.js';
import { Clocks } from './commands/clocks.js';
import { CorrectUsageHandler } from './corrections/correct-usage.js';
import { CorrectionLog } from './corrections/correction-log.js';
import { CorrectionsController } from './corrections/corrections.controller.js';
import { AdjustmentsController } from './charge-models/adjustments.controller.js';
import { ChargeModelsController } from './charge-models/charge-models.controller.js';
import { CurrentUsageController } from './current-usage/current-usage.controller.js';
import { ArchiveCustomerHandler } from './customers/archive-customer.js';
import { CustomerDirectory } from './customers/customer-directory.js';
import { CustomersController } from './customers/customers.controller.js';
import { EraseCustomerHandler } from './customers/erase-customer.js';
import { PatchCustomerHandler } from './customers/patch-customer.js';
import { PersonalKeys } from './customers/personal-data.js';
import { RegisterCustomerHandler } from './customers/register-customer.js';
import { ArchiveFeatureHandler } from './features/archive-feature.js';
import { DefineFeatureHandler } from './features/define-feature.js';
import { EventsController } from './events/events.controller.js';
import { FeaturesController } from './features/features.controller.js';
import { HealthController } from './health/health.controller.js';
import { ApiKeyGuard } from './http/auth/api-key.guard.js';
import { Authenticator } from './http/auth/authenticator.js';
import { IdempotencyKeys } from './http/idempotency/idempotency-keys.js';
import { IdempotencyInterceptor } from './http/idempotency/idempotency.interceptor.js';
import { MinPositionInterceptor, PositionWait } from './http/min-position.interceptor.js';
import { ProblemFilter } from './http/problem.filter.js';
import { FeeReading } from './fees/fee-reading.js';
import { FeesController } from './fees/fees.controller.js';
import { SettleFeeHandler } from './fees/settle-fee.js';
import { InvoiceReading } from './invoices/invoice-reading.js';
import { InvoicesController } from './invoices/invoices.controller.js';
import { VoidInvoiceHandler } from './invoices/void-invoice.js';
import { Lists } from './lists/lists.js';
import { ArchiveMeterHandler } from './meters/archive-meter.js';
import { DefineMeterHandler } from './meters/define-meter.js';
import { CompareRevision } from './meters/compare-revision.js';
import { MetersController } from './meters/meters.controller.js';
import { RevisionsController } from './meters/revisions.controller.js';
import { ReviseMeterHandler } from './meters/revise-meter.js';
import { ArchivePlanHandler } from './plans/archive-plan.js';
import { PlansController } from './plans/plans.controller.js';
import { PublishPlanHandler } from './plans/publish-plan.js';
import { PricingController } from './pricing/pricing.controller.js';
import { findKeyIn } from './roles/find-key.js';
import { keyHolder } from './roles/owner.js';
import { PLATFORM, type Platform } from './roles/platform.js';
import { reachedPositionOf } from './roles/reached-position.js';
import { ScheduleEndHandler } from './subscriptions/schedule-end.js';
import { StartSubscriptionHandler } from './subscriptions/start-subscription.js';
import { SubscriptionsController } from './subscriptions/subscriptions.controller.js';
import { TerminateSubscriptionHandler } from './subscriptions/terminate-subscription.js';
import { ChangeSettingsHandler } from './settings/change-settings.js';
import { SettingsController } from './settings/settings.controller.js';
import { CreateTenantHandler } from './tenants/create-tenant.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { AdvanceTestClockHandler } from './test-clocks/advance-test-clock.js';
import { CreateTestClockHandler } from './test-clocks/create-test-clock.js';
import { TestClocksController } from './test-clocks/test-clocks.controller.js';
import { UnbilledEventsController } from './unbilled-events/unbilled-events.controller.js';
import { UnbilledEventsList } from './unbilled-events/unbilled-events.js';
import { UsageController } from './usage/usage.controller.js';
import { UsageReading } from './usage/usage-reading.js';

const CONTROLLERS = [
  MetersController,
  RevisionsController,
  AggregationsController,
  FeaturesController,
  PlansController,
  ChargeModelsController,
  AdjustmentsController,
  PricingController,
  CustomersController,
  SubscriptionsController,
  CurrentUsageController,
  UsageController,
  EventsController,
  CorrectionsController,
  UnbilledEventsController,
  BalancesController,
  InvoicesController,
  TestClocksController,
  ApiKeysController,
  FeesController,
  SettingsController,
  TenantsController,
];

const COMMAND_HANDLERS = [
  DefineMeterHandler,
  ReviseMeterHandler,
  ArchiveMeterHandler,
  DefineFeatureHandler,
  ArchiveFeatureHandler,
  PublishPlanHandler,
  ArchivePlanHandler,
  RegisterCustomerHandler,
  PatchCustomerHandler,
  ArchiveCustomerHandler,
  EraseCustomerHandler,
  StartSubscriptionHandler,
  ScheduleEndHandler,
  TerminateSubscriptionHandler,
  VoidInvoiceHandler,
  CreateTestClockHandler,
  AdvanceTestClockHandler,
  IssueApiKeyHandler,
  RevokeApiKeyHandler,
  SettleFeeHandler,
  ChangeSettingsHandler,
  CreateTenantHandler,
  CorrectUsageHandler,
];

/** For every route: who may, once, on which position, and what a refusal looks like. */
const GATES: readonly Provider[] = [
  { provide: APP_FILTER, useClass: ProblemFilter },
  { provide: APP_GUARD, useClass: ApiKeyGuard },
  { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  { provide: APP_INTERCEPTOR, useClass: MinPositionInterceptor },
];

/** The routes of the process. All that they work with comes from the platform, which is open already. */
@Module({})
export class AppModule {
  static for(platform: Platform): DynamicModule {
    const { roles } = platform.config;
    return {
      module: AppModule,
      imports: [CqrsModule.forRoot(), TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, ...(roles.has('api') ? CONTROLLERS : [])],
      providers: [...GATES, ...COMMAND_HANDLERS, ...servicesOf(platform)],
    };
  }
}

function servicesOf(platform: Platform): Provider[] {
  const { store, now, pool, config, engine } = platform;
  const aggregates = new Aggregates(store, now);
  const wait: PositionWait = {
    reach: (position) => engine.waitFor('all', position, config.minPositionWaitMs),
    reached: reachedPositionOf(engine, pool),
  };
  const findKey = findKeyIn(platform.readModels);
  const authenticator = new Authenticator({ findKey, now, rateLimit: config.rateLimit });
  return [
    { provide: PLATFORM, useValue: platform },
    { provide: Aggregates, useValue: aggregates },
    { provide: PositionWait, useValue: wait },
    { provide: Authenticator, useValue: authenticator },
    { provide: IdempotencyKeys, useValue: new IdempotencyKeys(pool, keyHolder) },
    { provide: Billing, useValue: platform.billing },
    { provide: FeeReading, useValue: new FeeReading(pool) },
    { provide: InvoiceReading, useValue: new InvoiceReading(pool) },
    {
      provide: UnbilledEventsList,
      useValue: new UnbilledEventsList(platform.usage, platform.readModels),
    },
    { provide: CorrectionLog, useValue: correctionLogOf(platform, wait) },
    ...readersOf(platform, aggregates),
  ];
}

function correctionLogOf(
  { store, usage, config, now }: Platform,
  wait: PositionWait,
): CorrectionLog {
  return new CorrectionLog({ store, usage, wait, shards: config.usageShards, now });
}

function readersOf(platform: Platform, aggregates: Aggregates): Provider[] {
  const { pool, intake, now, billing } = platform;
  const catalog = new Catalog(aggregates);
  const clocks = new Clocks(aggregates);
  const customers = new CustomerDirectory(aggregates, new PersonalKeys(pool));
  const usage = new UsageReading(platform.usage, pool, aggregates, customers);
  const plans = billing.catalog;
  const lists = new Lists(platform.readModels, now);
  const balances = new Balances({ pool, plans, catalog, clocks, customers, usage });
  const tracking = new TrackUsage({ intake, catalog, clocks, usage, now });
  return [
    { provide: Catalog, useValue: catalog },
    { provide: Clocks, useValue: clocks },
    { provide: CustomerDirectory, useValue: customers },
    { provide: UsageReading, useValue: usage },
    { provide: Balances, useValue: balances },
    { provide: TrackUsage, useValue: tracking },
    { provide: Lists, useValue: lists },
    {
      provide: CompareRevision,
      useValue: new CompareRevision({ billing, usage, clocks, lists }),
    },
  ];
}
