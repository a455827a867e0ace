import { expect, it } from 'vitest';
import type { CanteenSummary } from '@/api/types';
import { needs } from './needs';

const canteen = (id: string, change: Partial<CanteenSummary>): CanteenSummary => ({
  id,
  code: id,
  name: id,
  school: '',
  grade: '',
  licence_no: '',
  name_en: '',
  public_url: '',
  area_id: 'a',
  cameras: 3,
  live: 3,
  viewers: 0,
  public_viewers: 0,
  to_review: 0,
  open_notices: 0,
  overdue: 0,
  ...change,
});

it('puts what is overdue before what waits, and leaves out who needs nothing', () => {
  const ranked = needs(
    [
      canteen('quiet', {}),
      canteen('dead', { live: 1 }),
      canteen('late', { overdue: 1 }),
      canteen('new', { to_review: 2 }),
    ],
    [],
  );
  expect(ranked.map((need) => need.canteen.id)).toEqual(['late', 'new', 'dead']);
  expect(ranked[2]?.whys).toEqual([{ word: 'offline', n: 2 }]);
});
