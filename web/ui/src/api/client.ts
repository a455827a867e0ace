import { query, request, sendPicture, upload, type Result } from './http';
import type { LiveSource } from '@/player/state';
import type * as t from './types';

const v1 = '/api/v1';
type Signal = AbortSignal | undefined;
const get = <T>(path: string, signal: Signal) => request<T>(v1 + path, signal ? { signal } : {});
const put = <T>(path: string, body: unknown) => request<T>(v1 + path, { method: 'PUT', body });
const post = <T>(path: string, body: unknown = {}) => request<T>(v1 + path, { method: 'POST', body });

export interface ViolationQuery {
  state?: t.ViolationState;
  code?: string;
  canteen_id?: string;
  cursor?: string;
  limit?: number;
}
export interface NoticeQuery {
  state?: t.NoticeState;
  open?: boolean;
  cursor?: string;
  limit?: number;
}
export interface Range {
  from: string;
  to: string;
}

/** Who am I, and what is this system? */
export const session = {
  me: (signal?: Signal) => get<t.Me>('/session', signal),
  signIn: (login: string, password: string) => post<t.Me>('/session', { login, password }),
  signOut: () => request<undefined>(`${v1}/session`, { method: 'DELETE' }),
  setPassword: (password: string, current?: string) =>
    post<undefined>('/session/password', current === undefined ? { password } : { password, current }),
  system: (signal?: Signal) => get<t.SystemInfo>('/system', signal),
};

export const places = {
  areas: (signal?: Signal) => get<{ areas: t.Area[] }>('/areas', signal),
  canteens: (signal?: Signal) => get<{ canteens: t.CanteenSummary[] }>('/canteens', signal),
  canteen: (id: string, signal?: Signal) => get<t.CanteenSummary>(`/canteens/${id}`, signal),
  coverage: (range: Range, signal?: Signal) =>
    get<{ cameras: t.CameraCoverage[] }>(`/coverage${query({ ...range })}`, signal),
};

export const cameras = {
  list: (canteenId?: string, signal?: Signal) =>
    get<{ cameras: t.Camera[] }>(`/cameras${query({ canteen_id: canteenId })}`, signal),
  add: (camera: t.NewCamera) => post<t.Camera>('/cameras', camera),
  probe: (url: string, username: string | null, password: string | null) =>
    post<t.ProbeReport>('/cameras/probe', { url, username, password }),
  change: (id: string, fields: Partial<Pick<t.Camera, 'is_public' | 'is_enabled' | 'name' | 'zone'>>) =>
    request<t.Camera>(`${v1}/cameras/${id}`, { method: 'PATCH', body: fields }),
  remove: (id: string) => request<undefined>(`${v1}/cameras/${id}`, { method: 'DELETE' }),
  stillUrl: (id: string) => `${v1}/cameras/${id}/still.jpg`,
};

/** Walls by turns (轮巡), saved by name. */
export const patrols = {
  list: (signal?: Signal) => get<{ patrols: t.Patrol[] }>('/patrols', signal),
  save: (patrol: t.PatrolEdit) => post<t.Patrol>('/patrols', patrol),
  change: (id: string, patrol: t.PatrolEdit) => put<t.Patrol>(`/patrols/${id}`, patrol),
  remove: (id: string) => request<undefined>(`${v1}/patrols/${id}`, { method: 'DELETE' }),
};

export const violations = {
  list: (asked: ViolationQuery, signal?: Signal) => get<t.ViolationPage>(`/violations${query({ ...asked })}`, signal),
  one: (id: string, signal?: Signal) => get<t.Violation>(`/violations/${id}`, signal),
  confirm: (id: string) => post<t.Violation>(`/violations/${id}/confirm`),
  dismiss: (id: string, reason: t.DismissReason) => post<t.Violation>(`/violations/${id}/dismiss`, { reason }),
  undo: (id: string) => post<t.Violation>(`/violations/${id}/undo`),
};

export const notices = {
  list: (asked: NoticeQuery, signal?: Signal) => get<t.NoticePage>(`/notices${query({ ...asked })}`, signal),
  one: (id: string, signal?: Signal) => get<t.NoticeDetail>(`/notices/${id}`, signal),
  acknowledge: (id: string) => post<t.NoticeDetail>(`/notices/${id}/acknowledge`),
  appeal: (id: string, text: string) => post<t.NoticeDetail>(`/notices/${id}/appeal`, { text }),
  close: (id: string, text: string) => post<t.NoticeDetail>(`/notices/${id}/close`, text === '' ? {} : { text }),
  reject: (id: string, text: string) => post<t.NoticeDetail>(`/notices/${id}/reject`, { text }),
  extend: (id: string, deadlineAt: string, text: string) =>
    post<t.NoticeDetail>(`/notices/${id}/extend`, { deadline_at: deadlineAt, text }),
  rectify: (
    id: string,
    text: string,
    photo: Blob,
    onProgress: (share: number) => void,
  ): Promise<Result<t.NoticeDetail>> => {
    const form = new FormData();
    form.append('text', text);
    form.append('photo', photo, 'photo.jpg');
    return upload<t.NoticeDetail>(`${v1}/notices/${id}/rectify`, form, onProgress);
  },
};

/** Rules, mutes, zones. */
export const rules = {
  all: (signal?: Signal) => get<t.Rules>('/rules', signal),
  edit: (edit: t.RulesEdit) => put<t.Rules>('/rules', edit),
  precision: (signal?: Signal) => get<{ rows: t.Precision[] }>('/rules/precision', signal),
  judgements: (range: Range, signal?: Signal) =>
    get<{ rows: t.JudgementRow[] }>(`/judgements${query({ ...range })}`, signal),
  mute: (cameraId: string, code: string, until: string, reason: string) =>
    put<undefined>(`/cameras/${cameraId}/mutes/${code}`, { until, reason }),
  unmute: (cameraId: string, code: string) =>
    request<undefined>(`${v1}/cameras/${cameraId}/mutes/${code}`, { method: 'DELETE' }),
  site: (canteenId: string, signal?: Signal) => get<t.Site>(`/canteens/${canteenId}/site`, signal),
  setSite: (canteenId: string, site: t.SiteEdit) => put<t.Site>(`/canteens/${canteenId}/site`, site),
};
export const zones = {
  of: (cameraId: string, signal?: Signal) => get<t.Drawing>(`/cameras/${cameraId}/zones`, signal),
  save: (cameraId: string, drawing: t.DrawingEdit) => put<t.Drawing>(`/cameras/${cameraId}/zones`, drawing),
  scene: (cameraId: string, signal?: Signal) =>
    get<{ scene?: t.LiveScene | null }>(`/cameras/${cameraId}/scene`, signal),
  addReference: (binId: string, lid: t.Lid, picture: Blob) =>
    sendPicture<t.BinReference>(`${v1}/bins/${binId}/references${query({ lid })}`, picture),
  removeReference: (url: string) => request<undefined>(url, { method: 'DELETE' }),
};

export const admin = {
  people: (signal?: Signal) => get<{ people: t.Person[] }>('/people', signal),
  linkFor: (id: string) => post<t.SignInLink>(`/people/${id}/link`),
  audit: (cursor?: string, signal?: Signal) => get<t.AuditPage>(`/audit${query({ cursor })}`, signal),
};

/** What anybody may see. */
export const open = {
  canteen: (code: string, signal?: Signal) =>
    get<t.PublicCanteen>(`/public/canteens/${encodeURIComponent(code)}`, signal),
  canteens: (signal?: Signal) => get<{ canteens: t.PublicCanteenName[] }>('/public/canteens', signal),
  qrUrl: (code: string) => `${v1}/public/canteens/${encodeURIComponent(code)}/qr.svg`,
};

function socketUrl(path: string): string {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
export const live = {
  camera: (id: string, stream: 'main' | 'sub'): LiveSource => ({
    socket: socketUrl(`${v1}/cameras/${id}/live?stream=${stream}`),
    whep: `${v1}/cameras/${id}/whep?stream=${stream}`,
    address: `${v1}/cameras/${id}/live-address?stream=${stream}`,
    picture: `${v1}/cameras/${id}/live.jpg?stream=${stream}`,
  }),
  open: (code: string, cameraId: string): LiveSource => {
    const camera = `${v1}/public/canteens/${encodeURIComponent(code)}/cameras/${cameraId}`;
    return { socket: socketUrl(`${camera}/live`), address: `${camera}/live-address` };
  },
};
