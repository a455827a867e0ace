import type {
  Camera,
  CanteenSummary,
  Me,
  Notice,
  NoticeDetail,
  PublicCanteen,
  Role,
  SystemInfo,
  Violation,
  ZoneKind,
} from '../src/api/types';

/** A small invented district for looking at pages while no server runs. Never shipped. */
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export const canteens: CanteenSummary[] = [
  ['c1', '7K3M9QXA', '实验小学食堂', 'Experimental primary school', '示范县实验小学', 'A', 3, 3, 2, 2, 0],
  ['c2', 'P2W8TZ4N', '第二中学食堂', 'Second middle school', '示范县第二中学', 'B', 3, 2, 1, 2, 1],
  ['c3', 'H5V6CD0R', '城关镇中心幼儿园食堂', 'Central kindergarten', '示范县城关镇中心幼儿园', '', 2, 2, 0, 0, 0],
].map(
  ([id, code, name, name_en, school, grade, cameras, live, to_review, open_notices, overdue]) =>
    ({
      id,
      code,
      name,
      name_en,
      school,
      grade,
      licence_no: 'JY33501230001234',
      area_id: 'a1',
      public_url: `/p/${code}`,
      cameras,
      live,
      to_review,
      open_notices,
      overdue,
      viewers: 0,
      public_viewers: 0,
    }) as CanteenSummary,
);

const ZONES: [string, ZoneKind, string, string][] = [
  ['c1', 'cooking', '烹饪间 1 号', 'Cooking room 1'],
  ['c1', 'serving', '备餐间 1 号', 'Meal preparation 1'],
  ['c1', 'sample', '留样间', 'Sample room'],
  ['c2', 'cooking', '烹饪间', 'Cooking room'],
  ['c2', 'special', '专间', 'Special room'],
  ['c2', 'washing', '清洗消毒间', 'Dishwashing'],
  ['c3', 'storage', '食品库房', 'Food storage'],
  ['c3', 'counter', '售饭窗口', 'Serving counter'],
];
export const cameras: Camera[] = ZONES.map(([canteen_id, zone, name, name_en], i) => {
  const isLost = i === 5;
  const stream = (kind: string) => ({
    id: `s${i}${kind}`,
    state: isLost ? ('failing' as const) : ('live' as const),
    since: ago(isLost ? 34 : 300),
    cause: isLost ? ('wrong_password' as const) : null,
    detail: isLost ? 'camera refuses the password' : '',
    codec: kind === 'main' && i === 4 ? ('h265' as const) : ('h264' as const),
    width: kind === 'main' ? 1920 : 640,
    height: kind === 'main' ? 1080 : 360,
    last_frame_at: ago(isLost ? 34 : 0),
  });
  return {
    id: `k${i}`,
    canteen_id,
    canteen_name: canteens.find((c) => c.id === canteen_id)?.name ?? '',
    canteen_name_en: canteens.find((c) => c.id === canteen_id)?.name_en ?? '',
    name,
    name_en,
    zone,
    is_public: zone !== 'counter',
    is_synthetic: true,
    is_enabled: true,
    main: stream('main'),
    sub: stream('sub'),
  };
});

const box = (x1: number, y1: number, x2: number, y2: number) => ({ x1, y1, x2, y2 });
function violation(
  i: number,
  camera: number,
  code: Violation['code'],
  state: Violation['state'],
  minutes: number,
): Violation {
  const at = cameras[camera] as Camera;
  const canteen = canteens.find((c) => c.id === at.canteen_id) as CanteenSummary;
  return {
    id: `v${i}`,
    code,
    severity: 'b',
    state,
    canteen: { id: canteen.id, name: canteen.name, name_en: canteen.name_en },
    camera: { id: at.id, name: at.name, name_en: at.name_en, is_synthetic: true },
    zone: at.zone,
    merged: 1,
    started_at: ago(minutes),
    ended_at: ago(minutes - 0.3),
    figures: { votes: 8, of: 9, window_s: 10, confidence: 0.93, head_px: 52.4, measure: null },
    frames: [0, 1, 2].map((n) => ({
      at: ago(minutes - n * 0.05),
      url: `/dev/picture.jpg?${i}-${n}`,
      subject: box(0.42, 0.2, 0.6, 0.92),
      head: box(0.47, 0.2, 0.54, 0.34),
      confidence: 0.9 + n / 100,
    })),
    snapshot_url: `/dev/picture.jpg?${i}`,
    evidence:
      i === 3
        ? {
            state: 'pending',
            reason: null,
            clip_url: null,
            clip_start: null,
            clip_end: null,
            sha256: null,
            size_bytes: null,
          }
        : {
            state: 'ready',
            reason: null,
            clip_url: '/dev/clip.mp4',
            clip_start: ago(minutes + 0.1),
            clip_end: ago(minutes - 0.4),
            sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
            size_bytes: 2_400_000,
          },
    rule: {
      pack: 'cn-default-2026 v1',
      citations: [
        {
          title: '中华人民共和国食品安全法',
          article: '第三十三条第一款第八项',
          quote: '食品生产经营人员应当保持个人卫生，生产经营食品时，应当将手洗净，穿戴清洁的工作衣、帽等',
          verified: true,
          text: '《中华人民共和国食品安全法》第三十三条第一款第八项',
        },
        {
          title: 'GB 31654-2021',
          article: null,
          quote: null,
          verified: false,
          text: '《GB 31654-2021 食品安全国家标准 餐饮服务通用卫生规范》',
        },
      ],
    },
    model: 'yolox-nano 416 · head-attr 3',
    clock_offset_us: 1_300_000,
    review:
      state === 'to_review'
        ? null
        : {
            verdict: state === 'confirmed' ? 'confirm' : 'dismiss',
            reason: state === 'dismissed' ? 'cannot_tell' : null,
            by: '示范县市场监督管理局 食品科',
            at: ago(5),
          },
    notice_id: `n${i}`,
    canteen_history_30d: 4,
  };
}
export const violations: Violation[] = [
  violation(1, 0, 'no_hat', 'to_review', 2),
  violation(2, 1, 'no_mask', 'to_review', 6),
  violation(3, 4, 'no_mask', 'to_review', 11),
  violation(4, 3, 'no_hat', 'confirmed', 26 * 60),
  violation(5, 1, 'no_hat', 'confirmed', 80),
  violation(6, 0, 'no_mask', 'dismissed', 200),
];

function notice(of: Violation, state: Notice['state'], change: Partial<Notice> = {}): NoticeDetail {
  return {
    id: `n${of.id.slice(1)}`,
    number: null,
    is_formal: false,
    state,
    is_overdue: false,
    canteen: of.canteen,
    violation: of,
    sent_at: of.ended_at,
    deadline_at: null,
    acknowledged_at: null,
    rectified_at: null,
    closed_at: null,
    withdrawn_at: null,
    demand: '请立即督促从业人员规范佩戴工作帽，将头发全部遮盖，并在期限内上传整改照片。',
    demand_en:
      'Have all staff wear work hats that cover the hair at once, and send a picture of the correction within the deadline.',
    rectifications:
      state === 'rectified'
        ? [{ id: 'r1', text: '已让当班人员戴好工作帽', photo_url: '/dev/picture.jpg?r', at: ago(20), by: '食堂负责人' }]
        : [],
    appeals: [],
    history: [
      { at: of.ended_at, actor: 'system', action: 'notice.issue', detail: {} },
      ...(change.is_formal
        ? [{ at: ago(5), actor: '示范县市场监督管理局 食品科', action: 'violation.confirm', detail: {} }]
        : []),
    ],
    ...(change as Partial<NoticeDetail>),
  };
}
const [v1, v2, v3, v4, v5, v6] = violations as [Violation, Violation, Violation, Violation, Violation, Violation];
export const notices: NoticeDetail[] = [
  notice(v1, 'sent'),
  notice(v2, 'acknowledged'),
  notice(v3, 'sent'),
  notice(v4, 'sent', { is_formal: true, number: '示监食告〔2026〕0007', deadline_at: ago(120), is_overdue: true }),
  notice(v5, 'rectified', {
    is_formal: true,
    number: '示监食告〔2026〕0008',
    deadline_at: ago(-1300),
    rectified_at: ago(20),
  }),
  notice(v6, 'withdrawn', { closed_at: ago(150) }),
];

export function me(role: Role): Me {
  const all: Record<Role, Me['permissions']> = {
    regulator: ['view_places', 'view_live', 'view_violations', 'review', 'view_notices', 'view_audit'],
    manager: ['view_places', 'view_live', 'view_violations', 'view_notices', 'answer_notices'],
    admin: ['view_places', 'view_live', 'configure', 'view_audit'],
    parent: [],
  };
  const offices: Record<Role, string> = {
    regulator: '市场监督管理局 食品科',
    manager: '食堂负责人',
    admin: '系统管理',
    parent: '家长',
  };
  return {
    person_id: `p-${role}`,
    login: role,
    office: offices[role],
    role,
    area: role === 'manager' ? null : { id: 'a1', name: '示范县', name_en: 'Sample county' },
    canteen:
      role === 'manager'
        ? { id: 'c1', code: '7K3M9QXA', name: '实验小学食堂', name_en: 'Experimental primary school' }
        : null,
    permissions: all[role],
    has_password: false,
  };
}
export const system: SystemInfo = {
  version: '0.1.0',
  is_demo: true,
  is_synthetic: true,
  database: 'SQLite 3.51.3',
  started_at: ago(300),
  storage: null,
  publication: { allowed: true, reason: null, detail: null },
  viewers: { now: 0, most: 300 },
  public_viewers: { now: 0, most: 300 },
  judging: {
    is_judging: true,
    reason: null,
    detail: null,
    models: ['yolox-nano-416', 'head-attr-3'],
    updated_at: ago(0),
  },
};
export function publicCanteen(code: string): PublicCanteen | undefined {
  const canteen = canteens.find((c) => c.code === code);
  if (!canteen) return undefined;
  const heading = (zone: ZoneKind) =>
    zone === 'storage' || zone === 'sample'
      ? 'ingredients'
      : zone === 'washing' || zone === 'waste'
        ? 'environment'
        : 'operation';
  return {
    code,
    name: canteen.name,
    name_en: canteen.name_en,
    school: canteen.school,
    grade: canteen.grade,
    is_synthetic: true,
    publication: system.publication,
    hours_today: [{ from: '10:30', until: '12:30' }],
    cameras: cameras
      .filter((c) => c.canteen_id === canteen.id && c.is_public)
      .map((c) => ({
        id: c.id,
        name: c.name,
        name_en: c.name_en,
        zone: c.zone,
        heading: heading(c.zone),
        state: c.sub?.state ?? 'live',
        since: c.sub?.since ?? ago(0),
      })),
    week: {
      found: 2,
      rectified: 1,
      judged_share: 0.94,
      items: [
        { on: ago(1600), code: 'no_hat', closed_at: ago(1200) },
        { on: ago(80), code: 'no_hat', closed_at: null },
      ],
    },
  };
}
