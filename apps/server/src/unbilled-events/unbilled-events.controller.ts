import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { PageQuery, pageAnswer } from '../http/paging.js';
import { unbilledEventsAnswer, UnbilledEventsPage } from './unbilled-events.dto.js';
import { UnbilledEventsList } from './unbilled-events.js';

@ApiTags('usage')
@Controller('v1/unbilled_events')
export class UnbilledEventsController {
  constructor(private readonly list: UnbilledEventsList) {}

  @ApiOperation({
    summary:
      'Events that are billed to nobody, by reason. An entry leaves the list when its cause is mended; a page may be shorter than the limit.',
  })
  @Get()
  @RequireScope('read')
  @Answers(200, UnbilledEventsPage, 'What is to be done, by reason.')
  async find(@CurrentCaller() { tenant }: Caller, @Query() page: PageQuery): Promise<object> {
    return pageAnswer(await this.list.page(tenant, page), unbilledEventsAnswer);
  }
}
