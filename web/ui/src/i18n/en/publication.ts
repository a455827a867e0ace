import type zh from '../zh-CN/publication';

const publication: typeof zh = {
  title: 'Approval for the public',
  open: 'Approval for the public',
  lead: 'Parents and the public never see the camera itself: people are pixelated, there is no sound, and it plays in service hours only. It becomes public when the canteen has entered the three facts below and school and authority have approved the same picture; either may withdraw at any time.',
  now: { yes: 'Public now', no: 'Not public now' },
  why: {
    zone_never_public: 'Pictures of this zone must never be public.',
    not_public: 'The administrator has not marked this camera public.',
    camera_disabled: 'The camera is switched off.',
    signage_missing:
      'The canteen has not entered the sign that people are filmed; enter it below under "Before anything is public".',
    staff_notice_missing:
      'The canteen has not entered that the staff were told; enter it below under "Before anything is public".',
    assessment_missing:
      'The canteen has not entered the impact assessment; enter it below under "Before anything is public".',
    approval_missing: 'One approval is missing; it must be of the newest picture below.',
    hours_not_set: 'Service hours are not set; pictures are public in these hours only.',
    out_of_hours: 'It is outside the service hours.',
    no_public_pictures: 'This server makes no public pictures; see the server that runs gateway and analyzer.',
    public_pictures_off: 'Public pictures are switched off in the settings (analyzer.public.is_enabled).',
    cannot_hide:
      'This server cannot hide people in pictures now, so none is public. Ask the administrator to install the models or the font and start it again.',
    other: '{reason}',
  },
  still: {
    title: 'The picture to approve',
    none: 'No picture was put up yet. Take the picture of now; once both sides have seen and approved it, the camera is public.',
    take: 'Put up the picture of now',
    retake: 'Put up a new picture',
    by: 'put up by {office}, {at}',
    alt: 'Picture of {name} to approve',
    confirm:
      'Approvals of the old picture no longer count: the camera is not public until both sides have approved the new one.',
    check: 'Check: no pupils, no place for changing, resting, office work or cash; the camera sees the work area only.',
  },
  side: { school: 'School', regulator: 'Authority' },
  missing: 'not approved yet',
  given: 'approved by {office}, {at}',
  approve: 'I have seen this picture and approve',
  withdraw: 'Withdraw approval',
  withdrawConfirm: 'The camera is not public from now on; whoever watches is disconnected.',
  withdrawn: 'withdrawn by {office}, {at}',
  history: 'Record',
  noHistory: 'Nobody has approved anything yet.',
  facts: {
    title: 'Before anything is public',
    help: 'For the whole canteen, entered by it. When one is missing, or withdrawn because it is no longer so, no picture is public from then on.',
    helpAuthority: 'For the whole canteen, entered by it; what was entered is to be read here.',
    kind: {
      signage: 'Sign that people are filmed',
      staff_notice: 'Staff notice',
      assessment: 'Personal information impact assessment',
    },
    what: {
      signage: 'A sign where those who are filmed see it (State Council Order 799, Art. 13).',
      staff_notice:
        'The kitchen staff were told that pictures are public with people hidden, or each of them has agreed separately (Personal Information Protection Law, Art. 17 and 25).',
      assessment:
        'Done before anything is public, its record kept for at least three years (Personal Information Protection Law, Art. 55 and 56).',
    },
    basis: { mosaic: 'People are hidden in every picture', consent: 'Everybody has agreed separately' },
    note: { signage: 'Where it hangs', staff_notice: 'How they were told', assessment: 'Number of the report' },
    done: 'done on {on}',
    missing: 'not entered yet',
    by: 'entered by {office}, {at}',
    enter: 'Enter',
    again: 'Enter anew',
    withdraw: 'Withdraw',
    day: 'Day',
    on: 'Pictures go out because',
    save: 'Save',
  },
  hours: {
    title: 'Service hours',
    help: 'When the kitchen works and food is served, for the whole canteen (Beijing time). Pictures are public in these hours only, and rules such as "somebody there outside service hours" and "camera offline" are judged by them.',
    none: 'No hours: no picture is public, and rules are judged by the hours of the rule pack.',
    everyDay: 'Every day',
    days: 'Days',
    from: 'from',
    until: 'to',
    add: 'Add hours',
    remove: 'Remove these hours',
    save: 'Save hours',
    saved: 'Saved.',
    wrong: 'Each line needs a day, and begins before it ends (00:00 to 24:00).',
    day: { d1: 'Mon', d2: 'Tue', d3: 'Wed', d4: 'Thu', d5: 'Fri', d6: 'Sat', d7: 'Sun' },
  },
};
export default publication;
