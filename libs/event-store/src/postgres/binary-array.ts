/** Object ids of the element types, from PostgreSQL's pg_type.dat. */
const OIDS = { bytea: 17, int8: 20, int4: 23, text: 25, json: 114, uuid: 2950 } as const;

const HEADER_BYTES = 20;

/**
 * A one-dimensional array in PostgreSQL's binary format (array_recv): dimensions, null flag, element type, length, lower bound, then
 * each element behind its length, -1 for NULL. `pg` would write arrays as text, bytes in hexadecimal: twice the size, many
 * times the work.
 */
export function binaryArray(
  type: keyof typeof OIDS,
  elements: readonly (string | Uint8Array | null)[],
): Buffer {
  const lengths = elements.map((element) => (element === null ? -1 : Buffer.byteLength(element)));
  const body = lengths.reduce((sum, length) => sum + 4 + Math.max(length, 0), 0);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + body);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(lengths.includes(-1) ? 1 : 0, 4);
  buffer.writeInt32BE(OIDS[type], 8);
  buffer.writeInt32BE(elements.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  elements.forEach((element, i) => {
    at = buffer.writeInt32BE(lengths[i]!, at);
    if (typeof element === 'string') at += buffer.write(element, at, 'utf8');
    else if (element !== null) {
      buffer.set(element, at);
      at += element.length;
    }
  });
  return buffer;
}

export function int4(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int8(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

/** `eventId` is a UUID in hexadecimal with dashes. */
export const uuid = (eventId: string): Buffer => Buffer.from(eventId.replaceAll('-', ''), 'hex');
