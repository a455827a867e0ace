import type { NewCamera, ZoneKind } from '@/api/types';

export interface CameraForm {
  canteen_id: string;
  name: string;
  zone: ZoneKind | '';
  main_url: string;
  sub_url: string;
  username: string;
  password: string;
}
export type Complaint = 'need.canteen' | 'need.name' | 'need.zone' | 'need.main_url' | 'need.sub_url' | 'credentials';
export type Complaints = Partial<Record<keyof CameraForm, Complaint>>;

const isRtsp = (url: string) => /^rtsps?:\/\/[^\s/]+/i.test(url.trim());
const hasCredentials = (url: string) => /^rtsps?:\/\/[^/\s]*@/i.test(url.trim());

/** Says what is missing or wrong before the server is asked. Pure. */
export function check(form: CameraForm): Complaints {
  const found: Complaints = {};
  if (form.canteen_id === '') found.canteen_id = 'need.canteen';
  if (form.name.trim() === '') found.name = 'need.name';
  if (form.zone === '') found.zone = 'need.zone';
  if (!isRtsp(form.main_url)) found.main_url = 'need.main_url';
  else if (hasCredentials(form.main_url)) found.main_url = 'credentials';
  if (form.sub_url.trim() !== '') {
    if (!isRtsp(form.sub_url)) found.sub_url = 'need.sub_url';
    else if (hasCredentials(form.sub_url)) found.sub_url = 'credentials';
  }
  return found;
}

const orNull = (text: string) => (text.trim() === '' ? null : text.trim());
/** What goes to the server; an empty field is absent, a password keeps its blanks. */
export function toCamera(form: CameraForm): NewCamera {
  return {
    canteen_id: form.canteen_id,
    name: form.name.trim(),
    zone: form.zone as ZoneKind,
    main_url: form.main_url.trim(),
    sub_url: orNull(form.sub_url),
    username: orNull(form.username),
    password: form.password === '' ? null : form.password,
  };
}
