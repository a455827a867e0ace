import { expect, it } from 'vitest';

type Messages = Record<string, unknown>;
const zh = import.meta.glob<Messages>('./zh-CN/*.ts', { eager: true, import: 'default' });
const en = import.meta.glob<Messages>('./en/*.ts', { eager: true, import: 'default' });

/** Lists `path {placeholders}` of every message. */
function shape(messages: Messages, path = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) => {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof value !== 'string') return shape(value as Messages, here);
    const holes = [...value.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    return [`${here} {${holes.join(',')}}`];
  });
}

it('has the same files, keys and placeholders in both languages', () => {
  const names = (files: object) =>
    Object.keys(files)
      .map((file) => file.split('/').pop())
      .sort();
  expect(names(en)).toEqual(names(zh));
  for (const [file, messages] of Object.entries(zh)) {
    const other = en[file.replace('zh-CN', 'en')];
    expect(shape(other ?? {}).sort(), file).toEqual(shape(messages).sort());
  }
});

it('says something in every message', () => {
  const leaves = (value: unknown): unknown[] =>
    typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
  for (const messages of [zh, en].flatMap((files) => Object.values(files))) expect(leaves(messages)).not.toContain('');
});
