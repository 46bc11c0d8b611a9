import { SCOPES, type Scope } from '@odometer/domain';
import type { ApiKeyView } from '@odometer/read-models';
import { Type } from '@sinclair/typebox';
import { IsIn } from 'class-validator';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';
import { TextField, TextListField } from '../http/fields.js';

export class ApiKeyBody {
  @TextField({ description: 'What the key is for.', max: 255 })
  name!: string;

  @IsIn([...SCOPES], { each: true, message: `Must be some of ${SCOPES.join(', ')}` })
  @TextListField({
    description: `What the key may do: ${SCOPES.join(', ')}. \`admin\` may do everything.`,
    max: SCOPES.length,
    example: ['ingest'],
  })
  scopes!: Scope[];
}

const KEY = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  prefix: Type.String({ description: 'The first characters of the secret.' }),
  scopes: Type.Array(Type.String({ enum: [...SCOPES] })),
};

export const IssuedKeyAnswer = answer(
  'IssuedApiKey',
  Type.Object({
    ...KEY,
    secret: Nullable(
      Type.String({ description: 'Shown once; null in the repetition of an answer.' }),
    ),
  }),
);

export const ApiKeyAnswer = answer(
  'ApiKey',
  Type.Object({
    ...KEY,
    created_at: InstantText('When it was issued.'),
    revoked_at: Nullable(InstantText('When it was revoked.')),
  }),
);

export const ApiKeyPage = pageOf('ApiKey', ApiKeyAnswer);

export const keyAnswer = (key: ApiKeyView): object => ({
  id: key.keyId,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  created_at: key.createdAt,
  revoked_at: key.revokedAt,
});
