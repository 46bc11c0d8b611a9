import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { aggregationExample, aggregations, aggregationSchema } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import { answer, Answers } from '../http/answers.js';
import { RequireScope } from '../http/auth/scopes.js';
import { EvaluateBody, evaluate, Evaluation } from './evaluation.js';

const AggregationList = answer(
  'AggregationList',
  Type.Object({
    data: Type.Array(
      Type.Object({
        code: Type.String(),
        title: Type.String(),
        description: Type.String(),
        schema: Type.Record(Type.String(), Type.Any(), {
          description: 'JSON Schema of `aggregation` of a meter.',
        }),
        example: Type.Record(Type.String(), Type.Any(), {
          description: 'An `aggregation` that is accepted.',
        }),
        recurring: Type.Boolean({ description: 'Whether a meter of it may be recurring.' }),
        removable: Type.Boolean({
          description: 'Whether a record with `operation_type` "remove" takes its value out again.',
        }),
      }),
    ),
  }),
);

/** What forms for meters are made of. */
@ApiTags('meters')
@Controller('v1')
@RequireScope('read')
export class AggregationsController {
  @ApiOperation({ summary: 'Every way to count, with the schema of what a meter says of it.' })
  @Get('aggregations')
  @Answers(200, AggregationList, 'The aggregations.')
  list(): object {
    return {
      data: aggregations.map((one) => ({
        code: one.code,
        title: one.title,
        description: one.description,
        schema: JSON.parse(JSON.stringify(aggregationSchema(one))) as object,
        example: aggregationExample(one),
        recurring: one.carriesOver === true,
        removable: one.readsOperation === true,
      })),
    };
  }

  @ApiOperation({
    summary: 'Tries an expression of a meter on an event. Nothing is stored.',
  })
  @Post('meters/evaluate_expression')
  @HttpCode(200)
  @Answers(200, Evaluation, 'What the expression gives, or why it gives nothing.')
  evaluate(@Body() body: EvaluateBody): object {
    return evaluate(body, Date.now());
  }
}
