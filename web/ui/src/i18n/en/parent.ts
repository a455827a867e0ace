import type zh from '../zh-CN/parent';

const parent: typeof zh = {
  title: 'Open kitchen',
  grade: 'Food safety grade {grade}',
  noGrade: 'Not graded yet',
  synthetic: 'Synthetic demonstration footage',
  masked: 'Privacy protected',
  week: {
    title: 'This week',
    none: 'Nothing was found this week',
    some: '{found} found this week, {rectified} put right',
    all: '{found} found this week, all put right',
    share: '{share} of the time could be judged',
    noShare: 'No picture could be judged this week, so we cannot say that nothing was wrong',
    judged: 'Judged',
    notJudged: 'Not judged or not observed',
    rectifiedOn: 'put right {at}',
    open: 'being put right',
    join: '; ',
    explain: 'The share of the time to be watched in which the picture was clear enough to judge.',
  },
  noCameras: 'This canteen shows no pictures yet',
  unavailable: 'Live pictures are not public now',
  hoursToday: 'Today {hours}',
  allDay: 'all day',
  and: ', ',
  reason: {
    no_public_pictures:
      'This server makes no public pictures, so there is nothing to watch. The record below stays open.',
    public_pictures_off: 'Public pictures are switched off. The record below stays open.',
    cannot_hide:
      'The system cannot hide people in pictures now, so no kitchen picture is shown. The record below stays open.',
    signage_missing: 'The canteen has not yet done all that must precede public pictures. The record below stays open.',
    staff_notice_missing:
      'The canteen has not yet done all that must precede public pictures. The record below stays open.',
    assessment_missing:
      'The canteen has not yet done all that must precede public pictures. The record below stays open.',
    approval_missing: 'School and authority have not both approved these pictures. The record below stays open.',
    hours_not_set:
      'The canteen has not said when it serves, and pictures are public in these hours only. The record below stays open.',
    out_of_hours: 'Pictures are public while the canteen serves, and it does not now.',
    camera_disabled: 'The camera is switched off. The record below stays open.',
    other: '{reason}',
  },
  heading: {
    environment: 'Washing and waste',
    ingredients: 'Stores and samples',
    operation: 'Cooking and preparation',
  },
  notFound: 'There is no such canteen',
  notFoundHelp: 'Scan the code at the canteen again, or check the 8 characters in the address.',
  footer: 'Published by the school and the supervision office · code {code}',
  language: '中文',
  choose: 'Choose a canteen',
};
export default parent;
