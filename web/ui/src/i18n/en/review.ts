import type zh from '../zh-CN/review';

const review: typeof zh = {
  title: 'Review', queue: 'Review queue', tabs: { to_review: 'To review', confirmed: 'Confirmed', dismissed: 'Dismissed' },
  empty: { to_review: 'Nothing to review', confirmed: 'Nothing confirmed yet', dismissed: 'Nothing dismissed yet' },
  emptyHelp: 'Violations appear here by themselves.', emptyNotJudged: 'Nothing is being judged now, so nothing new will appear: {reason}', choose: 'Choose a violation on the left',
  confirm: 'Confirm', dismiss: 'Dismiss', undo: 'Undo', confirmed: 'Confirmed: {what}', dismissed: 'Dismissed: {what}', undone: 'Undone, back to review',
  count: '{n} in all', countMore: '{n} or more', next: 'Next', previous: 'Previous', shortcuts: 'J/K move · Enter confirm · X dismiss · U undo · Space play · 1–3 frames · Z zoom to head',
  reason: { title: 'Why dismiss it?', help: 'The notice is withdrawn; you can undo for 10 seconds.', not_a_violation: 'Not a violation, wrongly recognised', cannot_tell: 'Cannot tell from the picture', not_staff: 'Not kitchen staff', rule_does_not_apply: 'Rule does not apply here', duplicate: 'Duplicate', minor: 'Minor and corrected' },
  picture: { frame: 'Frame {n}', alt: 'Decision picture of {where}, {at}', subject: 'Person', head: 'Head', zoom: 'Zoom to head', whole: 'Whole picture', clip: 'Evidence clip', pictures: 'Decision frames', missing: 'The picture cannot be read' },
  clip: { pending: 'The clip is being cut and appears by itself', missing: 'No clip: {reason}', missingPlain: 'No clip; the reason was not recorded', length: '{s} s · {size}', hash: 'SHA-256 {hash}' },
  why: {
    title: 'Why', numbers: '{votes} of {of} judgements in {window} s said so, confidence {confidence}', head: 'head {px} px', when: 'When', until: '{from} – {to}', merged: 'seen {n} more times, merged', rule: 'Rule', verified: 'verified', unverified: 'not verified',
    model: 'Model and rules', clock: 'Camera clock', clockSame: 'agrees with the gateway', clockOff: 'off by {s} s', clockUnknown: 'not measured', history: 'Same here in 30 days', historyCount: '{n}', by: 'Reviewed by', notice: 'Notice', openNotice: 'Open',
  },
};
export default review;
