/** The shapes of the HTTP API, by hand until they are generated from OpenAPI. Times are RFC 3339, boxes relative 0..1. */
export type Role = 'regulator' | 'manager' | 'parent' | 'admin';
export type ZoneKind = 'storage' | 'cooking' | 'serving' | 'special' | 'sample' | 'washing' | 'rough' | 'waste' | 'counter';
export type RuleCode = 'no_hat' | 'no_mask';
export type Severity = 'a' | 'b' | 'c';
export type ViolationState = 'to_review' | 'confirmed' | 'dismissed';
export type NoticeState = 'sent' | 'acknowledged' | 'rectified' | 'appealed' | 'closed' | 'withdrawn';
export type StreamState = 'connecting' | 'live' | 'failing' | 'disabled';
export type EvidenceState = 'pending' | 'ready' | 'missing';
export type PublicHeading = 'environment' | 'ingredients' | 'operation';
export type DismissReason = 'not_a_violation' | 'cannot_tell' | 'not_staff' | 'rule_does_not_apply' | 'duplicate' | 'minor';

export interface Named { name: string; name_en?: string | null }
export interface Ref extends Named { id: string }

export interface Me {
  person_id: string;
  login: string;
  office: string;
  role: Role;
  area: Ref | null;
  canteen: (Ref & { code?: string }) | null;
  permissions: string[];
  has_password?: boolean;
}

export interface Judging { is_judging: boolean; reason: string | null; detail: string | null; models: string[]; updated_at?: string | null }
export interface Publication { allowed: boolean; reason: string | null; detail?: string | null }
export interface SystemInfo {
  version: string;
  is_demo: boolean;
  is_synthetic: boolean;
  judging: Judging;
  database: string;
  started_at: string;
  publication: Publication;
}

export interface CanteenSummary extends Ref {
  code: string;
  school: string;
  grade: string | null;
  licence_no: string | null;
  area_id: string;
  cameras: number;
  live: number;
  to_review: number;
  open_notices: number;
  overdue: number;
}

export interface Stream {
  id: string;
  state: StreamState;
  since: string;
  cause: string | null;
  detail: string | null;
  codec: string | null;
  width: number | null;
  height: number | null;
  last_frame_at: string | null;
}
export interface Camera extends Ref {
  canteen_id: string;
  canteen_name: string;
  canteen_name_en?: string | null;
  zone: ZoneKind;
  is_public: boolean;
  is_synthetic: boolean;
  is_enabled: boolean;
  main: Stream | null;
  sub: Stream | null;
}
export interface NewCamera {
  canteen_id: string;
  name: string;
  zone: ZoneKind;
  main_url: string;
  sub_url: string | null;
  username: string | null;
  password: string | null;
}
export interface ProbeReport { codec: string; codec_string: string; width: number; height: number; is_playable?: boolean }

export interface Box { x1: number; y1: number; x2: number; y2: number }
export interface DecisionFrame { at: string; url: string; subject: Box; head: Box | null; confidence: number }
export interface Figures { votes: number; of: number; window_s: number; confidence: number; head_px: number | null }
export interface Evidence {
  state: EvidenceState;
  reason: string | null;
  clip_url: string | null;
  clip_start: string | null;
  clip_end: string | null;
  sha256: string | null;
  size_bytes: number | null;
}
export interface Citation { title: string; article: string | null; quote: string | null; verified: boolean; text: string }
export interface Review { verdict: 'confirm' | 'dismiss'; reason: DismissReason | null; by: string; at: string }
export interface Violation {
  id: string;
  code: RuleCode;
  severity: Severity;
  state: ViolationState;
  canteen: Ref;
  camera: Ref;
  zone: ZoneKind;
  started_at: string;
  ended_at: string;
  figures: Figures;
  frames: DecisionFrame[];
  snapshot_url: string;
  evidence: Evidence;
  rule: { pack: string; citations: Citation[] };
  model: string;
  clock_offset_us: number | null;
  review: Review | null;
  notice_id: string | null;
  canteen_history_30d: number;
}

export interface Notice {
  id: string;
  number: string | null;
  is_formal: boolean;
  state: NoticeState;
  is_overdue: boolean;
  canteen: Ref;
  violation: Pick<Violation, 'id' | 'code' | 'zone' | 'camera' | 'started_at' | 'snapshot_url' | 'severity'>;
  sent_at: string;
  deadline_at: string | null;
  acknowledged_at: string | null;
  rectified_at: string | null;
  closed_at: string | null;
  demand: string;
  demand_en: string;
}
export interface Rectification { id: string; text: string; photo_url: string | null; at: string; by: string }
export interface Appeal { text: string; at: string; by: string }
export interface HistoryLine { at: string; actor: string; action: string; detail: string | null }
export interface NoticeDetail extends Omit<Notice, 'violation'> {
  violation: Violation;
  rectifications: Rectification[];
  appeals: Appeal[];
  history: HistoryLine[];
}

export interface CameraCoverage { camera_id: string; observed_ms: number; judged_ms: number; cannot_judge_ms: number }
export interface AuditRow { id: string; at: string; actor: string; action: string; subject: string; detail: unknown; hash: string }
export interface Person { id: string; login: string; office: string; role: Role; area: Ref | null; canteen: Ref | null; has_password: boolean }

export interface PublicCamera extends Ref { zone: ZoneKind; heading: PublicHeading; state: StreamState; since: string }
export interface PublicItem { on: string; code: RuleCode; closed_at: string | null }
export interface PublicCanteen extends Named {
  code: string;
  school: string;
  grade: string | null;
  is_synthetic: boolean;
  publication: Publication;
  cameras: PublicCamera[];
  week: { found: number; rectified: number; judged_share: number | null; items: PublicItem[] };
}
