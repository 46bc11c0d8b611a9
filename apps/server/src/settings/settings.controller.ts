import { Body, Controller, Get, Patch, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { LATE_EVENTS_LIMIT_DAYS_MAX, settingsDecider, type TenantSettings } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import type { FastifyReply } from 'fastify';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { answer, Answers, Nullable } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { ChoiceField, IntegerField } from '../http/fields.js';
import { tellPosition } from '../http/position-header.js';
import { ChangeSettings } from './change-settings.js';

class SettingsBody {
  @ChoiceField({
    description: 'Prorated units: exact, or rounded up at five decimals as Lago does.',
    values: ['exact', 'lago'],
    optional: true,
  })
  rounding?: TenantSettings['rounding'];

  @IntegerField({
    description:
      'Records that arrive more than so many days after their time are kept but not billed; null takes the limit away.',
    min: 0,
    max: LATE_EVENTS_LIMIT_DAYS_MAX,
    optional: true,
  })
  late_events_limit_days?: number | null;
}

const SettingsAnswer = answer(
  'Settings',
  Type.Object({
    rounding: Type.String({ enum: ['exact', 'lago'] }),
    late_events_limit_days: Nullable(Type.Integer()),
  }),
);

@ApiTags('settings')
@Controller('v1/settings')
export class SettingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly aggregates: Aggregates,
  ) {}

  @Get()
  @RequireScope('read')
  @Answers(200, SettingsAnswer, 'How the tenant wants things counted.')
  async find(@CurrentCaller() { tenant }: Caller): Promise<object> {
    return settingsAnswer(
      await this.aggregates.load(settingsDecider, { kind: 'settings', tenant }),
    );
  }

  @ApiOperation({ summary: 'Changes what is named; the rest stays as it is.' })
  @Patch()
  @RequireScope('admin')
  @Answers(200, SettingsAnswer, 'The settings as they are now.')
  async change(
    @Body() body: SettingsBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const done = await this.commands.execute(new ChangeSettings(changesOf(body), origin));
    tellPosition(reply, done.position);
    return settingsAnswer(done.state);
  }
}

const changesOf = (body: SettingsBody): Partial<TenantSettings> => ({
  ...(body.rounding == null ? {} : { rounding: body.rounding }),
  ...(body.late_events_limit_days === undefined
    ? {}
    : { lateEventsLimitDays: body.late_events_limit_days }),
});

const settingsAnswer = ({ rounding, lateEventsLimitDays }: TenantSettings): object => ({
  rounding,
  late_events_limit_days: lateEventsLimitDays,
});
