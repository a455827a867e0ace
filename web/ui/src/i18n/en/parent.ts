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
  reason: {
    not_demo:
      'Privacy treatment of pictures is not enabled on this system, so kitchen pictures are not shown to the public. The record below stays open.',
    no_public_derivative:
      'Privacy treatment of pictures is not enabled on this system, so kitchen pictures are not shown to the public. The record below stays open.',
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
