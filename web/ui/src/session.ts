import { reactive } from 'vue';
import { session as api } from './api/client';
import type { Me, SystemInfo } from './api/types';

/** Who is signed in and what this system is; the only state that all pages share. */
export const session = reactive<{ me: Me | null; system: SystemInfo | null }>({ me: null, system: null });

export function may(permission: Me['permissions'][number]): boolean {
  return session.me?.permissions.includes(permission) ?? false;
}

/** Asks the server who I am; an unreachable server leaves nobody signed in. */
export async function loadSession(): Promise<void> {
  const result = await api.me();
  session.me = result.kind === 'success' ? result.value : null;
  if (session.me) await loadSystem();
}

export async function loadSystem(): Promise<void> {
  const result = await api.system();
  if (result.kind === 'success') session.system = result.value;
}
