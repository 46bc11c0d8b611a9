import type {
  CountedUsage,
  FinalInvoice,
  InvoiceLine,
  PricedCharge,
  TrueUp,
} from '@odometer/domain';
import type { BillerPorts } from './biller-ports.js';
import { NotBillable } from './billing-errors.js';
import { readCharge, stretchOfPeriod, type Billed, type ReadingPorts } from './read-charges.js';

/** Final invoices that a new one looks back on for late usage. Usage of older periods is kept, and shown, but not billed. */
export const LATE_USAGE_INVOICES_MAX = 12;

type LateUsagePorts = ReadingPorts & Pick<BillerPorts, 'finalInvoices'>;

/**
 * Closed periods whose usage is not what was billed. Counts and digests are compared, so a difference is only made where something did
 * change. A charge whose meter counts by another definition now stays as it was billed: a new definition is not late usage.
 */
export async function lateUsageOf(ports: LateUsagePorts, billed: Billed): Promise<TrueUp[]> {
  const { tenant } = billed.subscription;
  const finals = await ports.finalInvoices(tenant, billed.subscription, LATE_USAGE_INVOICES_MAX);
  const trueUps: TrueUp[] = [];
  // Oldest first, so that the lines read in the order of time.
  for (const invoice of [...finals].reverse()) {
    trueUps.push(...(await lateUsageFor(ports, billed, invoice, finals)));
  }
  return trueUps;
}

async function lateUsageFor(
  ports: LateUsagePorts,
  billed: Billed,
  invoice: FinalInvoice,
  finals: readonly FinalInvoice[],
): Promise<TrueUp[]> {
  if (invoice.counted.length === 0) return [];
  const { planCode, planVersion } = invoice;
  const plan = await ports.catalog.plan(billed.subscription.tenant, planCode, planVersion);
  if (plan === null) {
    throw new NotBillable(`invoice ${invoice.number} is of plan ${planCode}, which does not exist`);
  }
  const trueUps: TrueUp[] = [];
  const onPlan = { ...billed, plan };
  const { period, timezone, invoiceId, number } = invoice;
  const terms = { stretch: stretchOfPeriod(onPlan, period, timezone), closesPeriod: true };
  for (const counted of invoice.counted) {
    if (plan.charges[counted.chargeIndex]?.invoiceable === false) continue;
    const priced = await readCharge(ports, onPlan, counted.chargeIndex, terms);
    const later = trueUpsOf(invoice, counted.chargeIndex, finals);
    if (isAsBilled(priced, counted, later)) continue;
    const billedSoFar = [billedThen(invoice, counted), ...later.map(({ amount }) => amount)];
    const amount = billedSoFar.reduce((sum, part) => sum + part, 0);
    trueUps.push({ plan, period, priced, billed: amount, invoiceId, number });
  }
  return trueUps;
}

/** What the charge came to on its invoice. */
function billedThen(invoice: FinalInvoice, { amount, chargeIndex }: CountedUsage): number {
  if (amount !== undefined) return amount;
  return invoice.lines
    .filter((line) => line.type === 'charge' && line.provenance?.chargeIndex === chargeIndex)
    .reduce((sum, line) => sum + line.amount, 0);
}

/** What later invoices corrected of it, oldest first. */
const trueUpsOf = (
  invoice: FinalInvoice,
  chargeIndex: number,
  finals: readonly FinalInvoice[],
): InvoiceLine[] =>
  [...finals]
    .reverse()
    .flatMap(({ lines }) => lines)
    .filter((line) => line.type === 'true_up' && line.provenance?.chargeIndex === chargeIndex)
    .filter((line) => line.details['invoice_id'] === invoice.invoiceId);

function isAsBilled(
  { usage, eventsCount, digest }: PricedCharge,
  counted: CountedUsage,
  later: readonly InvoiceLine[],
): boolean {
  const last = later.at(-1)?.provenance ?? counted;
  if (usage.meter.version !== last.meterVersion) return true;
  return eventsCount === last.recordCount && digest === last.digest;
}
