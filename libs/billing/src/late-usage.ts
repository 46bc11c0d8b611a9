import type {
  ChargeTotal,
  CountedUsage,
  FinalInvoice,
  InvoiceLine,
  TrueUp,
} from '@odometer/domain';
import type { BillerPorts } from './biller-ports.js';
import { NotBillable } from './billing-errors.js';
import { readCharge, type Billed } from './read-charges.js';

/** Final invoices that a new one looks back on for late usage. Usage of older periods is kept, and shown, but not billed. */
export const LATE_USAGE_INVOICES_MAX = 12;

type LateUsagePorts = Pick<BillerPorts, 'finalInvoices' | 'catalog' | 'readUsage'>;

/**
 * Closed periods whose usage is not what was billed. Counts and digests are compared first, so a price is computed only where
 * something did change. A charge whose meter counts by another definition now stays as it was billed: a new definition is not
 * late usage.
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
  for (const counted of invoice.counted) {
    const { period, invoiceId, number } = invoice;
    const usage = await readCharge(ports, { ...billed, plan }, counted.chargeIndex, period);
    const lines = linesAbout(invoice, counted.chargeIndex, finals);
    if (isAsBilled(usage, counted, lines)) continue;
    const amount = lines.reduce((sum, line) => sum + line.amount, 0);
    trueUps.push({ plan, period, usage, billed: amount, invoiceId, number });
  }
  return trueUps;
}

/** What was billed for a charge of an invoice so far: its own line, then true-ups on later invoices, oldest first. */
function linesAbout(
  invoice: FinalInvoice,
  chargeIndex: number,
  finals: readonly FinalInvoice[],
): InvoiceLine[] {
  const ofCharge = (line: InvoiceLine): boolean => line.provenance?.chargeIndex === chargeIndex;
  const own = invoice.lines.filter((line) => line.type === 'charge' && ofCharge(line));
  const later = [...finals]
    .reverse()
    .flatMap(({ lines }) => lines)
    .filter((line) => line.type === 'true_up' && ofCharge(line))
    .filter((line) => line.details['invoice_id'] === invoice.invoiceId);
  return [...own, ...later];
}

function isAsBilled(
  usage: ChargeTotal,
  counted: CountedUsage,
  lines: readonly InvoiceLine[],
): boolean {
  const last = lines.findLast((line) => line.type === 'true_up')?.provenance;
  const { meterVersion, recordCount, digest } = last ?? counted;
  if (usage.meterVersion !== meterVersion) return true;
  return usage.total.eventsCount === recordCount && usage.total.digest === digest;
}
