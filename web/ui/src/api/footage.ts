import { picture, query, request, type Result } from './http';
import type * as t from './footage-types';

const v1 = '/api/v1';
type Signal = AbortSignal | undefined;
const get = <T>(path: string, signal: Signal) => request<T>(v1 + path, signal ? { signal } : {});
const iso = (ms: number) => new Date(ms).toISOString();

/** A still and the time of the picture itself, ms since the epoch. */
export interface Still {
  picture: Blob;
  at: number;
}
export interface NewView {
  camera_ids: string[];
  from: number;
  to: number;
  purpose: t.ViewPurpose;
  reason: t.ViewReason;
}
export interface LedgerQuery {
  canteen_id?: string;
  camera_id?: string;
  cursor?: string;
  limit?: number;
}

/** Archived footage: where it is, and, once a reason is given, the pictures. Times are ms since the epoch. */
export const footage = {
  timeline: (cameraId: string, from: number, to: number, resolutionS?: number, signal?: Signal) =>
    get<t.FootageTimeline>(
      `/cameras/${cameraId}/timeline${query({ from: iso(from), to: iso(to), resolution: resolutionS })}`,
      signal,
    ),
  /** Days as "2026-11-21", both included. */
  days: (cameraId: string, from: string, to: string, signal?: Signal) =>
    get<t.FootageDays>(`/cameras/${cameraId}/days${query({ from, to })}`, signal),
  view: (asked: NewView) =>
    request<t.FootageView>(`${v1}/footage-views`, {
      method: 'POST',
      body: { ...asked, from: iso(asked.from), to: iso(asked.to) },
    }),
  views: (asked: LedgerQuery, signal?: Signal) =>
    get<t.FootageViewPage>(`/footage-views${query({ ...asked })}`, signal),
  playlistUrl: (viewId: string, cameraId: string, from: number, to: number) =>
    `${v1}/footage-views/${viewId}/cameras/${cameraId}/index.m3u8${query({ from: iso(from), to: iso(to) })}`,
  still: async (
    viewId: string,
    cameraId: string,
    at: number,
    { width, exact, signal }: { width?: number; exact?: boolean; signal?: AbortSignal },
  ): Promise<Result<Still>> => {
    const path = `${v1}/footage-views/${viewId}/cameras/${cameraId}/still.jpg${query({ at: iso(at), width, exact })}`;
    const result = await picture(path, signal);
    if (result.kind !== 'success') return result;
    const own = Date.parse(result.value.headers.get('x-picture-at') ?? '');
    return { kind: 'success', value: { picture: result.value.blob, at: Number.isNaN(own) ? at : own } };
  },
  export: (viewId: string, cameraId: string, from: number, to: number) =>
    request<t.FootageExport>(`${v1}/footage-exports`, {
      method: 'POST',
      body: { view_id: viewId, camera_id: cameraId, from: iso(from), to: iso(to) },
    }),
  exported: (id: string, signal?: Signal) => get<t.FootageExport>(`/footage-exports/${id}`, signal),
  dropExport: (id: string) => request<undefined>(`${v1}/footage-exports/${id}`, { method: 'DELETE' }),
  exportUrl: (id: string) => `${v1}/footage-exports/${id}/file`,
};
