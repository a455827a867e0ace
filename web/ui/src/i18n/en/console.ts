import type zh from '../zh-CN/console';

const console: typeof zh = {
  menu: { today: 'Today', review: 'Review', wall: 'Video', canteens: 'Canteens', board: 'Rectification', audit: 'Audit', cameras: 'Cameras', people: 'People', system: 'System', label: 'Main menu' },
  shell: { signOut: 'Sign out', language: '中文', password: 'Set password', skip: 'Skip to content' },
  role: { regulator: 'Regulator', manager: 'Canteen manager', parent: 'Parent', admin: 'Administrator' },
  judging: {
    banner: 'Nothing is being judged now', no_models: 'No models were found. Name their folder with --models, or set MINGCHU_MODELS.', no_runtime: 'The inference library libonnxruntime.so was not found. Run mingchu check to see what is missing.',
    starting: 'The analyzer is starting; this takes less than a minute.', no_analyzer: 'This system runs no analyzer (role analyzer).', disabled: 'The analyzer is switched off.', stale: 'The analyzer has stopped reporting. Look at its log.', unknown: 'The reason is not known. Run mingchu check.',
    rest: 'Cameras and recording go on as usual.', on: 'Judging', models: 'Models',
  },
  today: {
    title: 'Today', online: 'Online', valid: 'Could be judged', toReview: 'To review', overdue: 'Overdue', open: 'To rectify', of: '{part}/{whole}', cameras: 'cameras online', validHelp: 'share of the time watched today', reviewHelp: 'waiting for a person',
    overdueHelp: 'deadline missed', openHelp: 'with the canteen, in time', needs: 'Needs me today', needsHelp: 'by severity, overdue and offline', nothing: 'Nothing needs you today', nothingWatched: 'Watched {span} today; {share} of it could be judged.', nothingUnwatched: 'No picture could be judged today, so we cannot say that nothing is wrong.',
    why: { overdue: '{n} notices overdue', review: '{n} violations to review', recheck: '{n} rectifications to recheck', offline: '{n} cameras offline', appeal: '{n} appeals to answer' }, act: { review: 'Review', notices: 'Notices', cameras: 'Cameras' },
    coverage: 'Share that could be judged', coverageHelp: 'since midnight, of the time to be watched', coverageNone: 'not watched', observed: 'watched {span}', latest: 'Latest findings', all: 'All',
  },
  wall: { title: 'Video', layout: 'Layout', tiles: '{n} tiles', canteen: 'Canteen', all: 'All canteens', page: 'Page {page}/{pages}', empty: 'No cameras', emptyHelp: 'An administrator can add cameras.', full: 'Full screen', previous: 'Previous page', next: 'Next page' },
  canteens: {
    title: 'Canteens', search: 'Find by name, school or code', name: 'Canteen', grade: 'Grade', online: 'Online', toReview: 'To review', openNotices: 'To rectify', overdue: 'Overdue', none: 'No canteen matches', noneHelp: 'Try another word.', empty: 'There are no canteens in your area yet', noGrade: 'not graded',
    tabs: { live: 'Live', violations: 'Violations', notices: 'Notices', cameras: 'Cameras', public: 'Public page' }, licence: 'Licence {no}', qr: 'QR code of the public page', qrHelp: 'Parents scan it to watch, without signing in', openPublic: 'Open the public page', noViolations: 'No violations found', noViolationsHelp: 'Look at the share that could be judged too: not judged does not mean nothing wrong.', noNotices: 'No notices',
    since: 'since {at}', publicYes: 'public', publicNo: 'not public', stream: { main: 'Main stream', sub: 'Sub stream' }, 
  },
  board: { title: 'Rectification', open: 'To rectify', overdue: 'Overdue', recheck: 'To recheck', appealed: 'Appealed', done: 'Done', prompt: 'Prompt', formal: 'Notice', none: 'None', noDeadline: 'deadline starts with confirmation', filter: 'Canteen' },
  audit: { title: 'Audit', at: 'Time', actor: 'Who', action: 'Action', subject: 'On what', detail: 'Detail', hash: 'Hash', empty: 'No audit rows yet', help: 'Each hash covers the row before, so a removed or changed row shows.', system: 'system',
    does: {
      session: { begin: 'signed in', end: 'signed out' }, person: { add: 'added a person', link: 'made a sign-in link', set_password: 'set a password' }, camera: { add: 'added a camera', change: 'changed a camera', remove: 'removed a camera' },
      violation: { confirm: 'confirmed a violation', dismiss: 'dismissed a violation', undo: 'took a verdict back' }, frame: { view: 'looked at pictures' }, clip: { view: 'looked at a clip' },
      notice: { issue: 'sent a prompt', formal: 'made a notice formal', acknowledge: 'acknowledged', rectify: 'sent a rectification', appeal: 'sent an appeal', close: 'closed', reject: 'sent back', withdraw: 'withdrew', extend: 'extended' },
    },
  },
  signIn: {
    title: 'Sign in', login: 'Account', password: 'Password', go: 'Sign in', wrong: 'Wrong account or password.', linkTitle: 'This sign-in link no longer works', linkHelp: 'A link works once and expires. Ask the administrator for a new one, or sign in with your password.', demo: 'The demonstration has no default passwords: use the sign-in links printed at the start.', tagline: 'Open kitchens for school canteens',
  },
  password: { title: 'Set a password', help: 'At least 10 characters. You then sign in as {login}.', current: 'Present password', one: 'New password', two: 'Once more', short: 'At least 10 characters', differ: 'The two differ', saved: 'Password saved', later: 'Later' },
  lost: { title: 'There is no such page', help: 'The address may be wrong, or you may not see it.', home: 'Go to the first page' },
  parentHome: { title: 'Parents use the public page', help: 'It needs no sign-in. Scan the code at the canteen, or choose one below.' },
};
export default console;
