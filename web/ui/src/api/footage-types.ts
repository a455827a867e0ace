/** Short names for the shapes of the footage API (`npm run api`). */
import type { components } from './schema';

type S = components['schemas'];

export type ViewPurpose = S['ViewPurpose'];
export type ViewReason = S['NewFootageView']['reason'];
export type ReasonCode = ViewReason['code'];
export type FootageTimeline = S['Timeline'];
export type FootageDays = S['Days'];
export type FootageDay = FootageDays['days'][number];
export type FootageView = S['FootageView'];
export type LedgerRow = S['LedgerEntry'];
export type FootageViewPage = S['FootageViewPage'];
export type FootageExport = S['FootageExport'];
