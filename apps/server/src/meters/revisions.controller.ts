import { Body, Controller, Param, Patch, Put, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  fromIso,
  meterDecider,
  type Meter,
  type MeterDefinition,
  type MeterState,
  type ReviseMeter as Revision,
} from '@odometer/domain';
import { Aggregates } from '../commands/aggregates.js';
import { Commanding, type CommandAtHand } from '../commands/commanding.js';
import { Answers, notFound } from '../http/answers.js';
import { RequireScope } from '../http/auth/scopes.js';
import { CompareRevision } from './compare-revision.js';
import {
  definitionOf,
  meterAnswer,
  MeterChangeBody,
  MeterPatchBody,
  patchedDefinition,
} from './meter.dto.js';
import { ReviseMeter } from './revise-meter.js';
import { dryRunAnswer, RevisedMeterAnswer, RevisionQuery } from './revision.dto.js';

const DRY_RUN = 'With `dry_run=true` nothing is changed, and the answer says what would differ.';

@ApiTags('meters')
@Controller('v1/meters')
export class RevisionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly aggregates: Aggregates,
    private readonly comparison: CompareRevision,
  ) {}

  @ApiOperation({
    summary: 'Replaces the definition of a meter.',
    description: `A change of what is counted makes a new version, for all records or for those from \`valid_from\` on, and counts the log anew. ${DRY_RUN}`,
  })
  @Put(':code')
  @RequireScope('write')
  @Answers(200, RevisedMeterAnswer, 'The meter, or what would differ.')
  async revise(
    @Param('code') code: string,
    @Body() body: MeterChangeBody,
    @Query() query: RevisionQuery,
    @Commanding() command: CommandAtHand,
  ): Promise<object> {
    return this.reviseAs(revisionOf(definitionOf(code, body), body), query, command);
  }

  @ApiOperation({
    summary: 'Changes parts of the definition of a meter.',
    description: `Otherwise as PUT. ${DRY_RUN}`,
  })
  @Patch(':code')
  @RequireScope('write')
  @Answers(200, RevisedMeterAnswer, 'The meter, or what would differ.')
  async change(
    @Param('code') code: string,
    @Body() body: MeterPatchBody,
    @Query() query: RevisionQuery,
    @Commanding() command: CommandAtHand,
  ): Promise<object> {
    const meter = definedOf(await this.load(command.origin.caller.tenant, code), code);
    return this.reviseAs(revisionOf(patchedDefinition(meter, body), body), query, command);
  }

  private async reviseAs(
    revision: Revision,
    query: RevisionQuery,
    { origin, done }: CommandAtHand,
  ): Promise<object> {
    if (query.dry_run === 'true') return this.dryRun(origin.caller.tenant, revision, query);
    const revised = await this.commands.execute(new ReviseMeter(revision, origin));
    done(revised.position);
    return meterAnswer(definedOf(revised.state, revision.meter.code));
  }

  private async dryRun(
    tenant: string,
    revision: Revision,
    { limit, cursor }: RevisionQuery,
  ): Promise<object> {
    const { code } = revision.meter;
    const state = await this.load(tenant, code);
    const revised = meterDecider.decide(revision, state).reduce(meterDecider.evolve, state);
    const [before, after] = [definedOf(state, code), definedOf(revised, code)];
    return dryRunAnswer(
      after,
      await this.comparison.compare({ tenant, before, after, limit, cursor }),
    );
  }

  private load(tenant: string, code: string): Promise<MeterState> {
    return this.aggregates.load(meterDecider, { kind: 'meter', tenant, id: code });
  }
}

function definedOf(state: MeterState, code: string): Meter {
  if (state.status !== 'defined') throw notFound('meter', code);
  return state.meter;
}

const revisionOf = (
  meter: MeterDefinition,
  { valid_from: from }: Pick<MeterChangeBody, 'valid_from'>,
): Revision => ({
  type: 'ReviseMeter',
  meter,
  validFrom: from == null ? undefined : fromIso(from),
});
