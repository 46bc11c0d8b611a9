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

/** A page as routes answer it. */
export const pageAnswer = <Item>(
  { data, nextCursor }: Page<Item>,
  shown: (item: Item) => object,
): object => ({ data: data.map(shown), next_cursor: nextCursor });
