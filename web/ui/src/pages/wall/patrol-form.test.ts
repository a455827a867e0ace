import { expect, it } from 'vitest';
import { faultOf, fromSaved, MEALS, SCHOOL_DAYS, toSend, type PatrolForm } from './patrol-form';

const GOOD: PatrolForm = {
  name: ' 午餐加工 ',
  area: 'office',
  choice: 'list',
  canteen: '',
  cameras: ['a', 'b'],
  tiles: 4,
  dwell: 15,
  hours: [{ days: SCHOOL_DAYS, ...MEALS.lunch }],
};

it('names what is wrong before anything is sent', () => {
  expect(faultOf(GOOD)).toBeUndefined();
  expect(faultOf({ ...GOOD, name: ' ' })).toBe('wrongName');
  expect(faultOf({ ...GOOD, name: '长'.repeat(41) })).toBe('wrongName');
  expect(faultOf({ ...GOOD, cameras: [] })).toBe('wrongChoice');
  expect(faultOf({ ...GOOD, choice: 'canteen' })).toBe('wrongCanteen');
  for (const dwell of [4, 601, 7.5, NaN]) expect(faultOf({ ...GOOD, dwell })).toBe('wrongDwell');
  expect(faultOf({ ...GOOD, hours: [{ days: [], ...MEALS.supper }] })).toBe('wrongHours');
});

it('sends what was chosen and nothing of what was not', () => {
  expect(toSend(GOOD)).toMatchObject({ name: '午餐加工', canteen_id: null, camera_ids: ['a', 'b'] });
  expect(toSend({ ...GOOD, choice: 'canteen', canteen: 'c' })).toMatchObject({ canteen_id: 'c', camera_ids: null });
  expect(toSend({ ...GOOD, choice: 'area', canteen: 'c' })).toMatchObject({ canteen_id: null, camera_ids: null });
});

it('opens a saved patrol as it was sent', () => {
  for (const choice of ['area', 'canteen', 'list'] as const) {
    const sent = toSend({ ...GOOD, choice, canteen: 'c' });
    expect(toSend(fromSaved(sent))).toEqual(sent);
  }
});
