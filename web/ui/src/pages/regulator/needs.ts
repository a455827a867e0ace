import type { CanteenSummary, Notice } from '@/api/types';

export type Why = { word: 'overdue' | 'review' | 'recheck' | 'offline' | 'appeal'; n: number };
export interface Need {
  canteen: CanteenSummary;
  whys: Why[];
  weight: number;
}

const WEIGHT: Record<Why['word'], number> = { overdue: 100, appeal: 40, review: 30, recheck: 20, offline: 10 };

/** Ranks the canteens that need a person today, at most 20: overdue first, then what waits for a verdict, then dead cameras. Pure. */
export function needs(canteens: readonly CanteenSummary[], notices: readonly Notice[]): Need[] {
  const count = (id: string, state: Notice['state']) =>
    notices.filter((notice) => notice.canteen.id === id && notice.state === state).length;
  return canteens
    .map((canteen) => {
      const all: Why[] = [
        { word: 'overdue', n: canteen.overdue },
        { word: 'appeal', n: count(canteen.id, 'appealed') },
        { word: 'review', n: canteen.to_review },
        { word: 'recheck', n: count(canteen.id, 'rectified') },
        { word: 'offline', n: canteen.cameras - canteen.live },
      ];
      const whys = all.filter((why) => why.n > 0);
      return { canteen, whys, weight: whys.reduce((sum, why) => sum + WEIGHT[why.word] * why.n, 0) };
    })
    .filter((need) => need.whys.length > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 20);
}
