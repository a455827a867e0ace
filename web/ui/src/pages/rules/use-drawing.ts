import { computed, shallowRef, triggerRef } from 'vue';
import type { Drawing, DrawingEdit, RuleCode, ZoneKind } from '@/api/types';
import { faultOf, History, type Corner, type Fault } from '@/zones/outline';

export interface ZoneDraft {
  key: string;
  id: string | null;
  kind: ZoneKind;
  corners: readonly Corner[];
  rulesOff: readonly RuleCode[];
}
export interface BinDraft {
  key: string;
  id: string | null;
  corners: readonly Corner[];
}
export interface Draft {
  zones: readonly ZoneDraft[];
  bins: readonly BinDraft[];
}
export interface Shape {
  key: string;
  what: 'zone' | 'bin';
  label: string;
  corners: readonly Corner[];
  fault: Fault | undefined;
}

/** Round as the server keeps them, so that an unchanged drawing is unchanged. */
const rounded = ({ x, y }: Corner): Corner => ({ x: Math.round(x * 1e4) / 1e4, y: Math.round(y * 1e4) / 1e4 });
let made = 0;
const fresh = () => `new-${++made}`;

function draftOf(drawing: Drawing): Draft {
  return {
    zones: drawing.zones.map(({ id, kind, outline, rules_off }) => ({
      key: id,
      id,
      kind,
      corners: outline.map(rounded),
      rulesOff: rules_off,
    })),
    bins: drawing.bins.map(({ id, outline }) => ({ key: id, id, corners: outline.map(rounded) })),
  };
}

/** The drawing of one camera while a person changes it: undo, redo, faults, whether anything is unsaved. */
export function useDrawing() {
  const history = shallowRef(new History<Draft>({ zones: [], bins: [] }));
  const saved = shallowRef('');
  const chosen = shallowRef('');
  const draft = computed(() => history.value.now);
  const edit = computed<DrawingEdit>(() => ({
    zones: draft.value.zones.map(({ id, kind, corners, rulesOff }) => ({
      id,
      kind,
      outline: corners.map(rounded),
      rules_off: [...rulesOff],
    })),
    bins: draft.value.bins.map(({ id, corners }) => ({ id, outline: corners.map(rounded) })),
  }));
  const isDirty = computed(() => JSON.stringify(edit.value) !== saved.value);

  function load(drawing: Drawing): void {
    history.value = new History(draftOf(drawing));
    saved.value = JSON.stringify(edit.value);
    const { zones, bins } = draft.value;
    if (![...zones, ...bins].some((shape) => shape.key === chosen.value)) chosen.value = zones[0]?.key ?? '';
  }
  function push(next: Draft): void {
    history.value.push(next);
    triggerRef(history);
  }
  const with_ = (key: string, corners: readonly Corner[]): Draft => ({
    zones: draft.value.zones.map((zone) => (zone.key === key ? { ...zone, corners } : zone)),
    bins: draft.value.bins.map((bin) => (bin.key === key ? { ...bin, corners } : bin)),
  });
  let isDragging = false;

  return {
    draft,
    edit,
    isDirty,
    chosen,
    load,
    canUndo: computed(() => history.value.canUndo),
    canRedo: computed(() => history.value.canRedo),
    /** A corner on its way: shown, and one step of history when it is dropped. */
    drag(key: string, corners: readonly Corner[]): void {
      if (isDragging) history.value.now = with_(key, corners);
      else history.value.push(with_(key, corners));
      isDragging = true;
      triggerRef(history);
    },
    change(key: string, corners: readonly Corner[]): void {
      if (isDragging) history.value.now = with_(key, corners);
      else history.value.push(with_(key, corners));
      isDragging = false;
      triggerRef(history);
    },
    addZone(): void {
      const corners = [
        { x: 0.3, y: 0.3 },
        { x: 0.7, y: 0.3 },
        { x: 0.7, y: 0.7 },
        { x: 0.3, y: 0.7 },
      ];
      const key = fresh();
      push({
        ...draft.value,
        zones: [...draft.value.zones, { key, id: null, kind: 'cooking', corners, rulesOff: [] }],
      });
      chosen.value = key;
    },
    addBin(): void {
      const corners = [
        { x: 0.45, y: 0.55 },
        { x: 0.55, y: 0.55 },
        { x: 0.55, y: 0.75 },
        { x: 0.45, y: 0.75 },
      ];
      const key = fresh();
      push({ ...draft.value, bins: [...draft.value.bins, { key, id: null, corners }] });
      chosen.value = key;
    },
    remove(key: string): void {
      const isOther = (shape: { key: string }) => shape.key !== key;
      push({ zones: draft.value.zones.filter(isOther), bins: draft.value.bins.filter(isOther) });
      chosen.value = draft.value.zones[0]?.key ?? draft.value.bins[0]?.key ?? '';
    },
    setZone(key: string, fields: Partial<Pick<ZoneDraft, 'kind' | 'rulesOff'>>): void {
      const zones = draft.value.zones.map((zone) => (zone.key === key ? { ...zone, ...fields } : zone));
      push({ ...draft.value, zones });
    },
    undo(): void {
      history.value.undo();
      triggerRef(history);
    },
    redo(): void {
      history.value.redo();
      triggerRef(history);
    },
    fault: faultOf,
  };
}
