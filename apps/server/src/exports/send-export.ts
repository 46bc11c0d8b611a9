import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MEDIA_TYPES, textsOf, type ExportFormat, type ExportShape } from './export-format.js';

/** A client that takes nothing for so long is cut off. Nothing but its connection waits for it meanwhile. */
export const EXPORT_STALL_MS = 300_000;

export interface ExportAnswer<Row> {
  readonly format: ExportFormat;
  readonly shape: ExportShape<Row>;
  readonly pages: AsyncGenerator<readonly Row[], void>;
  /** Log position that every row reflects at least. */
  readonly position: number;
  /** What is known of its size before it begins. */
  readonly progress: Readonly<Record<string, number>>;
}

/**
 * Streams an export: the next page is read when the client has taken the one before. What fails before the first page is thrown; later the
 * connection is destroyed, so that half an export never looks like a whole one.
 */
export async function sendExport<Row>(
  request: FastifyRequest,
  reply: FastifyReply,
  { format, shape, pages, position, progress }: ExportAnswer<Row>,
  stallMs = EXPORT_STALL_MS,
): Promise<void> {
  const texts = textsOf(format, shape, await begun(pages));
  const stream: Readable = Readable.from(
    watched(texts, stallMs, () => stream.destroy(new ExportStalled(stallMs))),
    { objectMode: false, encoding: 'utf8' },
  );
  stream.on('error', (error) => request.log.warn({ err: error }, 'an export was cut off'));
  void reply
    .headers({
      'content-type': MEDIA_TYPES[format],
      'content-disposition': `attachment; filename="${shape.name}.${format}"`,
      'cache-control': 'no-store',
      'odometer-position': String(position),
      ...Object.fromEntries(Object.entries(progress).map(([name, value]) => [name, String(value)])),
    })
    .send(stream);
}

class ExportStalled extends Error {
  override readonly name = 'ExportStalled';

  constructor(ms: number) {
    super(`the client took nothing for ${ms} ms`);
  }
}

/** The same pages, of which the first has been read. */
async function begun<Row>(
  pages: AsyncGenerator<readonly Row[], void>,
): Promise<AsyncGenerator<readonly Row[], void>> {
  const first = await pages.next();
  return (async function* () {
    if (first.done === true) return;
    try {
      yield first.value;
      yield* pages;
    } finally {
      await pages.return();
    }
  })();
}

async function* watched(
  texts: AsyncIterable<string>,
  stallMs: number,
  stalled: () => void,
): AsyncGenerator<string, void> {
  for await (const text of texts) {
    const timer = setTimeout(stalled, stallMs).unref();
    try {
      yield text;
    } finally {
      clearTimeout(timer);
    }
  }
}
