import { expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

it('agrees with the OpenAPI document; if not, run `npm run api`', async () => {
  const document = new URL('../../../openapi.json', import.meta.url);
  const fresh = COMMENT_HEADER + astToString(await openapiTS(document));
  expect((await readFile(new URL('./schema.ts', import.meta.url), 'utf8')) === fresh).toBe(true);
});
