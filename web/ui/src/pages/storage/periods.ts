import type { Periods } from '@/api/storage';

export const FIELDS = ['floor_days', 'routine_days', 'violation_days', 'ceiling_days'] as const;
export type Field = (typeof FIELDS)[number];
export type Typed = Record<Field, string>;
/** What the server accepts at the top; a place above may allow less. */
export const LOWEST = 7;
export const HIGHEST = 3650;

export type Wrong = Partial<Record<Field, 'number' | 'low' | 'high' | 'order'>>;

/** Reads what was typed; names every field that is no number, out of its bounds or less than the one before. */
export function read(typed: Typed): { periods?: Periods; wrong: Wrong } {
  const wrong: Wrong = {};
  const values = FIELDS.map((field) => (/^\d{1,6}$/.test(typed[field].trim()) ? Number(typed[field]) : undefined));
  values.forEach((value, i) => {
    const field = FIELDS[i] as Field;
    const before = values[i - 1];
    if (value === undefined) wrong[field] = 'number';
    else if (value < LOWEST) wrong[field] = 'low';
    else if (value > HIGHEST) wrong[field] = 'high';
    else if (before !== undefined && value < before) wrong[field] = 'order';
  });
  if (Object.keys(wrong).length > 0) return { wrong };
  const [floor_days, routine_days, violation_days, ceiling_days] = values as [number, number, number, number];
  return { periods: { floor_days, routine_days, violation_days, ceiling_days }, wrong };
}

export function typed(periods: Periods): Typed {
  return {
    floor_days: String(periods.floor_days),
    routine_days: String(periods.routine_days),
    violation_days: String(periods.violation_days),
    ceiling_days: String(periods.ceiling_days),
  };
}
