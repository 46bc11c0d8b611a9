import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readData } from './read-data.js';

/** Every case of the peers is run, or listed with the reason why it is not. `inventory.json` has their ids. */

interface Identified {
  readonly id: string;
}

/** The prices of `rating` keep their own list: cases that are run, and those that are held elsewhere. */
interface RatingCases {
  readonly cases: readonly Identified[];
  readonly elsewhere: Readonly<Record<string, string>>;
}

const SIZES = { lago: 112, openmeter: 122, autumn: 57 };
const RATING = { lago: [], openmeter: ['openmeter', 'flexprice', 'killbill'], autumn: [] };
const NOT_RUN = 'not-run';

type Peer = keyof typeof SIZES;

const filesOf = (peer: Peer): string[] =>
  readdirSync(fileURLToPath(new URL(`./${peer}`, import.meta.url)))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((name) => name !== NOT_RUN);

const ratingOf = (peer: Peer): RatingCases[] =>
  RATING[peer].map((name) => readData<RatingCases>(`rating/${name}`));

const runOf = (peer: Peer): string[] =>
  filesOf(peer).flatMap((name) =>
    readData<readonly Identified[]>(`${peer}/${name}`).map(({ id }) => id),
  );

const reasonsOf = (peer: Peer): (readonly [string, string])[] => [
  ...Object.entries(readData<Record<string, string>>(`${peer}/${NOT_RUN}`)),
  ...ratingOf(peer).flatMap(({ elsewhere }) => Object.entries(elsewhere)),
];

describe.each(Object.keys(SIZES) as Peer[])('the cases of %s', (peer) => {
  const ids = readData<Record<Peer, readonly string[]>>('inventory')[peer];
  const run = runOf(peer);
  const rated = new Set(ratingOf(peer).flatMap(({ cases }) => cases.map(({ id }) => id)));
  const reasons = reasonsOf(peer);

  it('are as many as there are, each with an id of its own', () => {
    expect(ids).toHaveLength(SIZES[peer]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(run).size).toBe(run.length);
  });

  it('are each run once, or listed with a reason', () => {
    const listed = reasons.map(([id]) => id);
    expect([...run, ...rated, ...listed].filter((id) => ids.includes(id)).sort()).toEqual(
      [...ids].sort(),
    );
    for (const [, reason] of reasons) expect(reason.length).toBeGreaterThan(20);
  });
});
