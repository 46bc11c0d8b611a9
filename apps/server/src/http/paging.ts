import { IntegerQuery, TextField } from './fields.js';

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 500;

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

  @TextField({ description: 'The `next_cursor` of the page before.', optional: true })
  cursor?: string;
}
