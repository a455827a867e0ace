import { expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { firstLoadBytes, foreignAddresses } from '../budget.ts';

const size = (text: string) => gzipSync(text).length;

it('counts what loads with an entry once, and nothing else', () => {
  const scripts = new Map([
    ['entry', { code: 'entry', imports: ['a', 'b'] }],
    ['a', { code: 'aaa', imports: ['b'] }],
    ['b', { code: 'bb', imports: [] }],
    ['lazy', { code: 'x'.repeat(9999), imports: [] }],
  ]);
  expect(firstLoadBytes('entry', scripts)).toBe(size('entry') + size('aaa') + size('bb'));
});

it('finds what would be loaded from elsewhere', () => {
  expect(
    foreignAddresses(
      "@font-face{src:url(//at.example/f.woff)}a{background:url('data:image/png,x')}b{background:url(/x.png)}",
    ),
  ).toEqual(['//at.example/f.woff']);
  expect(foreignAddresses('<script src="https://cdn.example/x.js"></script><a href="https://example">')).toEqual([
    'https://cdn.example/x.js',
  ]);
});
