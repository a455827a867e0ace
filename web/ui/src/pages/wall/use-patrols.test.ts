import { expect, it } from 'vitest';
import type { Patrol } from '@/api/types';
import { editOf, offer } from './use-patrols';

const patrol = (id: string, is_now: boolean): Patrol => ({
  id,
  area_id: 'office',
  name: id,
  canteen_id: null,
  camera_ids: ['a'],
  tiles: 4,
  dwell_s: 15,
  hours: [],
  is_now,
  changed_at: '2026-11-21T04:00:00Z',
  changed_by: '城关所',
});

it('offers the patrol of this hour, unless it runs or somebody said no', () => {
  const all = [patrol('breakfast', false), patrol('lunch', true), patrol('whole day', true)];
  expect(offer(all, '', new Set())?.id).toBe('lunch');
  expect(offer(all, 'breakfast', new Set(['lunch']))?.id).toBe('whole day');
  expect(offer(all, 'whole day', new Set())).toBeUndefined();
  expect(offer(all, '', new Set(['lunch', 'whole day']))).toBeUndefined();
});

it('sends a deleted patrol again as it was', () => {
  expect(editOf(patrol('lunch', true))).toEqual({
    area_id: 'office',
    name: 'lunch',
    canteen_id: null,
    camera_ids: ['a'],
    tiles: 4,
    dwell_s: 15,
    hours: [],
  });
});
