import { request } from './http';
import type { CameraPublication, EnterFact, FactKind, PublicationFact, ServiceHours } from './types';

const v1 = '/api/v1';
const post = (path: string, body: unknown = {}) => request<CameraPublication>(v1 + path, { method: 'POST', body });

type Facts = { facts: PublicationFact[] };

/** Approving that a camera is shown to the public, what its canteen has done, and when its kitchen works. */
export const publication = {
  one: (camera: string, signal?: AbortSignal) =>
    request<CameraPublication>(`${v1}/cameras/${camera}/publication`, signal ? { signal } : {}),
  putUp: (camera: string) => post(`/cameras/${camera}/publication/still`),
  approve: (camera: string, stillId: string) => post(`/cameras/${camera}/publication/approve`, { still_id: stillId }),
  withdraw: (camera: string) => post(`/cameras/${camera}/publication/withdraw`),
  stillUrl: (camera: string, stillId: string) => `${v1}/cameras/${camera}/publication/stills/${stillId}`,
  enterFact: (canteen: string, kind: FactKind, body: EnterFact) =>
    request<Facts>(`${v1}/canteens/${canteen}/publication-facts/${kind}`, { method: 'PUT', body }),
  withdrawFact: (canteen: string, kind: FactKind) =>
    request<Facts>(`${v1}/canteens/${canteen}/publication-facts/${kind}`, { method: 'DELETE' }),
  setHours: (canteen: string, hours: ServiceHours[]) =>
    request<{ hours: ServiceHours[] }>(`${v1}/canteens/${canteen}/service-hours`, { method: 'PUT', body: { hours } }),
};
