import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvRow, type Cell } from './csv.js';

const read = (text: string): string[][] =>
  parse(text, { record_delimiter: '\r\n', relax_column_count: true });

describe('a row of CSV', () => {
  it.each<[Cell[], string]>([
    [['plain', 1, true, '2.50'], 'plain,1,true,2.50'],
    [['one, two', 'say "hi"', 'two\nlines'], '"one, two","say ""hi""","two\nlines"'],
    [[' padded', 'padded '], '" padded","padded "'],
    [[null, '', null], ',"",'],
    [['-5', '+4.25', '-0.001', -3], '-5,+4.25,-0.001,-3'],
    [['=1+1', '+1+1', '-2+3', '@SUM(A1)', '\tx'], "'=1+1,'+1+1,'-2+3,'@SUM(A1),'\tx"],
    [['=HYPERLINK("x")', '\rx', '＝1'], '"\'=HYPERLINK(""x"")","\'\rx",\'＝1'],
    [["it's", 'a=b', 'ü'], "it's,a=b,ü"],
  ])('of %j is %j', (cells, expected) => expect(csvRow(cells)).toBe(`${expected}\r\n`));

  it('reads back as what was written, but for the apostrophe in front of formulas', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\r', '\n', ' ', '=', '-', '1', 'é', '\u{1F600}'),
    });
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 5 })), (rows) => {
        const back = read(rows.map(csvRow).join(''));
        expect(back.map((row) => row.map((cell) => cell.replace(/^'/, '')))).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  it('never begins a cell with what a spreadsheet computes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [row] = read(csvRow([text, 'x']));
        const cell = row![0]!;
        expect(/^[=+\-@]/.test(cell) && !/^[+-]\d+(\.\d+)?$/.test(cell)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
