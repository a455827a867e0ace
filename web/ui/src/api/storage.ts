/** Disks, retention periods, legal holds and deletion receipts. */
import { query, request } from './http';
import type { components } from './schema';

type S = components['schemas'];
export type Storage = S['Storage'];
export type StorageHost = S['StorageHost'];
export type StorageVolume = S['StorageVolume'];
export type Periods = S['Periods'];
export type RetentionPolicy = S['RetentionPolicy'];
export type Hold = S['Hold'];
export type NewHold = S['NewHold'];
export type Receipt = S['Receipt'];
export type OrderPreview = S['OrderPreview'];
export type NewOrder = S['NewOrder'];
export type FootageProof = S['FootageProof'];
export type Area = S['Area'];

const v1 = '/api/v1';
const get = <T>(path: string, signal?: AbortSignal) => request<T>(v1 + path, signal ? { signal } : {});
const post = <T>(path: string, body: unknown) => request<T>(v1 + path, { method: 'POST', body });

export const storage = {
  state: (signal?: AbortSignal) => get<Storage>('/storage', signal),
  policies: (signal?: AbortSignal) => get<S['PolicyList']>('/retention/policies', signal),
  setPolicy: (place: { area_id: string | null; canteen_id: string | null }, periods: Periods | null) =>
    post<S['PolicySet']>('/retention/policies', { ...place, periods }),
  areas: (signal?: AbortSignal) => get<S['AreaList']>('/areas', signal),
  holds: (signal?: AbortSignal) => get<S['HoldList']>('/holds', signal),
  placeHold: (hold: NewHold) => post<Hold>('/holds', hold),
  releaseHold: (id: string, reason: string) => post<Hold>(`/holds/${id}/release`, { reason }),
  orders: (signal?: AbortSignal) => get<S['OrderList']>('/deletions', signal),
  previewOrder: (asked: { camera_id: string; from: string; to: string }) =>
    get<OrderPreview>(`/deletions/preview${query(asked)}`),
  order: (asked: NewOrder) => post<S['OrderList']>('/deletions', asked),
  proof: (cameraId: string) => get<FootageProof>(`/cameras/${cameraId}/footage-proof`),
  receipts: (cursor?: string, signal?: AbortSignal) => get<S['ReceiptPage']>(`/receipts${query({ cursor })}`, signal),
};
