import { expect, it } from 'vitest';
import { camerasOf } from './patrol-cameras';

const areas = [
  { id: 'county', parent_id: null },
  { id: 'office', parent_id: 'county' },
  { id: 'other', parent_id: 'county' },
  { id: 'grid', parent_id: 'office' },
];
const canteens = [
  { id: 'first', area_id: 'grid' },
  { id: 'second', area_id: 'other' },
];
const cameras = [
  { id: 'a', canteen_id: 'first' },
  { id: 'b', canteen_id: 'second' },
  { id: 'c', canteen_id: 'first' },
];
const of = (choice: { area_id?: string; canteen_id?: string; camera_ids?: string[] }) =>
  camerasOf({ area_id: 'office', canteen_id: null, camera_ids: null, ...choice }, cameras, { areas, canteens }).map(
    ({ id }) => id,
  );

it('shows the cameras of an area and of all areas below it', () => {
  expect(of({})).toEqual(['a', 'c']);
  expect(of({ area_id: 'county' })).toEqual(['a', 'b', 'c']);
  expect(of({ area_id: 'grid' })).toEqual(['a', 'c']);
});

it('shows the cameras of a canteen', () => {
  expect(of({ canteen_id: 'second' })).toEqual(['b']);
});

it('shows chosen cameras in the order they were chosen, without those that are gone', () => {
  expect(of({ camera_ids: ['c', 'gone', 'b'] })).toEqual(['c', 'b']);
  expect(of({ camera_ids: [] })).toEqual([]);
});
