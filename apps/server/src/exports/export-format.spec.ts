import { formatOf, textsOf } from './export-format.js';

describe('the format of an export', () => {
  it.each([
    ['what was asked for', 'csv', 'application/x-ndjson', 'csv'],
    ['NDJSON without a wish', undefined, undefined, 'ndjson'],
    ['NDJSON for whatever', undefined, '*/*', 'ndjson'],
    ['CSV by its type', undefined, 'text/csv', 'csv'],
    ['CSV with parameters', undefined, 'Text/CSV; charset=utf-8', 'csv'],
    ['the first that there is', undefined, 'text/html, text/csv, */*', 'csv'],
    ['not what is refused', undefined, 'text/csv;q=0, application/x-ndjson', 'ndjson'],
  ] as const)('is %s', (_, asked, accept, expected) => {
    expect(formatOf(asked, accept)).toBe(expected);
  });

  it('is refused where there is none', () => {
    expect(() => formatOf(undefined, 'application/xml, image/png')).toThrow(
      expect.objectContaining({
        document: expect.objectContaining({ status: 406, code: 'not_acceptable' }) as object,
      }) as Error,
    );
  });
});

describe('the text of an export', () => {
  const shape = {
    name: 'things',
    json: (row: { a: string; b: number }) => row,
    columns: [
      { name: 'a', cell: ({ a }: { a: string }) => a },
      { name: 'b', cell: ({ b }: { b: number }) => b },
    ],
  };
  const pages = async function* () {
    yield [{ a: 'x', b: 1 }];
    yield [];
    yield await Promise.resolve([
      { a: 'y,z', b: 2 },
      { a: '', b: 3 },
    ]);
  };
  const text = async (format: 'ndjson' | 'csv'): Promise<string> => {
    let all = '';
    for await (const piece of textsOf(format, shape, pages())) all += piece;
    return all;
  };

  it('is a line of JSON for each row', async () => {
    expect(await text('ndjson')).toBe('{"a":"x","b":1}\n{"a":"y,z","b":2}\n{"a":"","b":3}\n');
  });

  it('is a header and a row for each in CSV', async () => {
    expect(await text('csv')).toBe('a,b\r\nx,1\r\n"y,z",2\r\n"",3\r\n');
  });
});
