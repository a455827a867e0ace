import type { PatrolEdit, ServiceHours } from '@/api/types';
import { isValid } from '@/format/hours';

export type Choice = 'area' | 'canteen' | 'list';

/** What a person types. */
export interface PatrolForm {
  name: string;
  area: string;
  choice: Choice;
  canteen: string;
  cameras: string[];
  tiles: number;
  dwell: number;
  hours: ServiceHours[];
}

/** Names the words for what is wrong with a form; nothing when it can be sent. */
export function faultOf(
  form: PatrolForm,
): 'wrongName' | 'wrongChoice' | 'wrongCanteen' | 'wrongDwell' | 'wrongHours' | undefined {
  const length = [...form.name.trim()].length;
  if (length < 1 || length > 40) return 'wrongName';
  if (form.choice === 'list' && form.cameras.length === 0) return 'wrongChoice';
  if (form.choice === 'canteen' && form.canteen === '') return 'wrongCanteen';
  if (!Number.isInteger(form.dwell) || form.dwell < 5 || form.dwell > 600) return 'wrongDwell';
  return form.hours.every(isValid) ? undefined : 'wrongHours';
}

export function toSend(form: PatrolForm): PatrolEdit {
  return {
    area_id: form.area || null,
    name: form.name.trim(),
    canteen_id: form.choice === 'canteen' ? form.canteen : null,
    camera_ids: form.choice === 'list' ? form.cameras : null,
    tiles: form.tiles,
    dwell_s: form.dwell,
    hours: form.hours,
  };
}

export function fromSaved(edit: PatrolEdit): PatrolForm {
  return {
    name: edit.name,
    area: edit.area_id ?? '',
    choice: edit.camera_ids ? 'list' : edit.canteen_id ? 'canteen' : 'area',
    canteen: edit.canteen_id ?? '',
    cameras: [...(edit.camera_ids ?? [])],
    tiles: edit.tiles,
    dwell: edit.dwell_s,
    hours: edit.hours.map((line) => ({ ...line, days: [...line.days] })),
  };
}

/** Meal windows as most kitchens have them; a person may change them. */
export const MEALS = {
  breakfast: { from: '05:30', until: '07:40' },
  lunch: { from: '08:30', until: '11:20' },
  supper: { from: '15:00', until: '17:30' },
} as const;
export const SCHOOL_DAYS = [1, 2, 3, 4, 5];
