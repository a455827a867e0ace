// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref, type EffectScope } from 'vue';
import { readDwell, usePatrol } from './use-patrol';

vi.mock('vue', async (original) => ({ ...(await original<typeof import('vue')>()), onBeforeUnmount: () => undefined }));

let scope: EffectScope;
beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
  Object.defineProperty(document, 'hidden', { configurable: true, value: false });
});

function patrol(pages: number) {
  const page = ref(0);
  const turn = () => (page.value = (page.value + 1) % pages);
  const made = scope.run(() => usePatrol(page, ref(pages), turn));
  if (!made) throw new Error('no scope');
  return { page, ...made };
}
async function choose(dwell: { value: number }, seconds: number) {
  dwell.value = seconds;
  await nextTick();
}

it('turns the pages while it is on, and begins the time anew after a turn by hand', async () => {
  const { page, dwell } = patrol(3);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(page.value).toBe(0);
  await choose(dwell, 10);
  await vi.advanceTimersByTimeAsync(21_000);
  expect(page.value).toBe(2);
  page.value = 0;
  await vi.advanceTimersByTimeAsync(9_500);
  expect(page.value).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(page.value).toBe(1);
});

it('stays where there is one page, and while nobody sees it', async () => {
  const alone = patrol(1);
  await choose(alone.dwell, 10);
  const hidden = patrol(2);
  await choose(hidden.dwell, 10);
  Object.defineProperty(document, 'hidden', { configurable: true, value: true });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([alone.page.value, hidden.page.value]).toEqual([0, 0]);
});

it('stays while it is paused, and gives the page its whole time afterwards', async () => {
  const { page, dwell, isPaused, begun } = patrol(3);
  await choose(dwell, 10);
  await vi.advanceTimersByTimeAsync(9_000);
  isPaused.value = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([page.value, begun.value]).toEqual([0, 1]);
  isPaused.value = false;
  await vi.advanceTimersByTimeAsync(9_500);
  expect([page.value, begun.value]).toEqual([0, 2]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(page.value).toBe(1);
});

it('remembers the choice of this screen, and takes nothing unknown', async () => {
  await choose(patrol(2).dwell, 30);
  expect(patrol(2).dwell.value).toBe(30);
  expect([null, '7', 'x', '60'].map(readDwell)).toEqual([0, 0, 0, 60]);
});
