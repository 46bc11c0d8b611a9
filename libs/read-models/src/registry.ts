import type { Projection } from '@odometer/projections';
import { accessProjection } from './access/access.projection.js';
import { billingScheduleProjection } from './billing-schedule/billing-schedule.projection.js';
import { catalogProjection } from './catalog/catalog.projection.js';
import { clocksProjection } from './clocks/clocks.projection.js';
import { customersProjection } from './customers/customers.projection.js';
import { feesProjection } from './fees/fees.projection.js';
import { invoicesProjection } from './invoices/invoices.projection.js';
import { subscriptionsProjection } from './subscriptions/subscriptions.projection.js';

/** Every read model but usage, which needs to know its shards. A new one is a folder and a line here. */
export const controlPlaneProjections: readonly Projection[] = [
  accessProjection,
  billingScheduleProjection,
  catalogProjection,
  clocksProjection,
  customersProjection,
  feesProjection,
  invoicesProjection,
  subscriptionsProjection,
];
