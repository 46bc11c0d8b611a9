import { RuleBroken } from '@odometer/domain';
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, type Page } from '@odometer/read-models';
import { IntegerQuery, TextField } from './fields.js';

/** What every list takes: how many, and where to go on. */
export class PageQuery {
  @IntegerQuery({
    description: 'Entries at most.',
    min: 1,
    max: PAGE_LIMIT_MAX,
    optional: true,
    default: PAGE_LIMIT_DEFAULT,
  })
  limit: number = PAGE_LIMIT_DEFAULT;

  @TextField({
    description: 'The `next_cursor` of the page before.',
    optional: true,
    max: 4_096,
  })
  cursor?: string;
}

/** The number that a cursor of a list by numbers stands for. Throws RuleBroken `invalid_cursor`. */
export function numberOfCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new RuleBroken('invalid_cursor', 'The cursor does not belong to this list.', 'invalid', [
    { pointer: '/cursor', code: 'invalid_cursor', detail: 'Must be a next_cursor of this list.' },
  ]);
}

/** A page as routes answer it. */
export const pageAnswer = <Item>(
  { data, nextCursor }: Page<Item>,
  shown: (item: Item) => object,
): object => ({ data: data.map(shown), next_cursor: nextCursor });
