import type { Area, Camera, CanteenSummary, Patrol } from '@/api/types';

/** Where cameras are. */
export interface Places {
  areas: readonly Pick<Area, 'id' | 'parent_id'>[];
  canteens: readonly Pick<CanteenSummary, 'id' | 'area_id'>[];
}

/** The area and all below it. Parents come before children. */
function below(id: string, areas: Places['areas']): Set<string> {
  const found = new Set([id]);
  for (const area of areas) if (area.parent_id && found.has(area.parent_id)) found.add(area.id);
  return found;
}

/** The cameras of a saved patrol, in its order: those chosen, of its canteen, or of its area. */
export function camerasOf<C extends Pick<Camera, 'id' | 'canteen_id'>>(
  patrol: Pick<Patrol, 'area_id' | 'canteen_id' | 'camera_ids'>,
  cameras: readonly C[],
  { areas, canteens }: Places,
): C[] {
  const { camera_ids: chosen, canteen_id: canteen } = patrol;
  if (chosen) {
    const byId = new Map(cameras.map((camera) => [camera.id, camera]));
    return chosen.flatMap((id) => byId.get(id) ?? []);
  }
  if (canteen) return cameras.filter((camera) => camera.canteen_id === canteen);
  const inArea = below(patrol.area_id, areas);
  const here = new Set(canteens.filter(({ area_id }) => inArea.has(area_id)).map(({ id }) => id));
  return cameras.filter((camera) => here.has(camera.canteen_id));
}
