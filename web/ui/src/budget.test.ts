import { expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { firstLoadBytes } from '../budget.ts';

const size = (text: string) => gzipSync(text).length;

it('counts what loads with an entry once, and nothing else', () => {
  const scripts = new Map([
    ['entry', { code: 'entry', imports: ['a', 'b'] }], ['a', { code: 'aaa', imports: ['b'] }], ['b', { code: 'bb', imports: [] }], ['lazy', { code: 'x'.repeat(9999), imports: [] }],
  ]);
  expect(firstLoadBytes('entry', scripts)).toBe(size('entry') + size('aaa') + size('bb'));
});
