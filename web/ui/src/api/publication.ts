import { request } from './http';
import type { CameraPublication, ServiceHours } from './types';

const v1 = '/api/v1';
const post = (path: string, body: unknown = {}) => request<CameraPublication>(v1 + path, { method: 'POST', body });

/** Approving that a camera is shown to the public, and the hours in which its canteen is served. */
export const publication = {
  one: (camera: string, signal?: AbortSignal) =>
    request<CameraPublication>(`${v1}/cameras/${camera}/publication`, signal ? { signal } : {}),
  putUp: (camera: string) => post(`/cameras/${camera}/publication/still`),
  approve: (camera: string, stillId: string) => post(`/cameras/${camera}/publication/approve`, { still_id: stillId }),
  withdraw: (camera: string) => post(`/cameras/${camera}/publication/withdraw`),
  stillUrl: (camera: string, stillId: string) => `${v1}/cameras/${camera}/publication/stills/${stillId}`,
  setHours: (canteen: string, hours: ServiceHours[]) =>
    request<{ hours: ServiceHours[] }>(`${v1}/canteens/${canteen}/service-hours`, { method: 'PUT', body: { hours } }),
};
