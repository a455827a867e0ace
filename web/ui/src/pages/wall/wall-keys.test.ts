// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { commandOf } from './wall-keys';

function press(key: string, on = 'div', more: KeyboardEventInit = {}) {
  const target = document.body.appendChild(document.createElement(on));
  let command: ReturnType<typeof commandOf>;
  target.addEventListener('keydown', (event) => (command = commandOf(event)));
  target.dispatchEvent(new KeyboardEvent('keydown', { key, ...more }));
  return command;
}

it('knows layouts by their last digit, pages by arrows, pause and full screen', () => {
  expect(['1', '4', '9', '6'].map((key) => press(key))).toEqual([1, 4, 9, 16].map((size) => ({ kind: 'size', size })));
  expect([press('ArrowRight'), press('ArrowLeft')]).toEqual([
    { kind: 'turn', by: 1 },
    { kind: 'turn', by: -1 },
  ]);
  expect([' ', 'f', 'F', 'Escape'].map((key) => press(key)?.kind)).toEqual(['pause', 'full', 'full', 'back']);
  expect(press('2')).toBeUndefined();
});

it('leaves keys to whoever types, to focused buttons and to the browser', () => {
  expect(['input', 'select', 'textarea'].map((on) => press('9', on))).toEqual([undefined, undefined, undefined]);
  expect(press(' ', 'button')).toBeUndefined();
  expect(press('f', 'div', { ctrlKey: true })).toBeUndefined();
});
