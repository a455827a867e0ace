import type zh from '../zh-CN/words';

const words: typeof zh = {
  brand: 'Mingchu',
  status: {
    normal: 'Normal', to_review: 'To review', to_rectify: 'To rectify', overdue: 'Overdue', to_recheck: 'To recheck', closed: 'Closed',
    dismissed: 'Dismissed', offline: 'Offline', cannot_judge: 'Cannot judge', connecting: 'Connecting', disabled: 'Off',
    acknowledged: 'Acknowledged', appealed: 'Appealed', withdrawn: 'Withdrawn', confirmed: 'Confirmed', not_judged: 'Not judged',
  },
  rule: { no_hat: 'No work hat', no_mask: 'No mask or worn wrongly' },
  severity: { a: 'Immediate', b: 'Rectify', c: 'Advisory' },
  zone: {
    storage: 'Food storage', cooking: 'Cooking room', serving: 'Meal preparation room', special: 'Special room', sample: 'Sample room',
    washing: 'Dishwashing and disinfection', rough: 'Rough preparation room', waste: 'Waste store', counter: 'Serving counter',
  },
  heading: { environment: 'Hygiene', ingredients: 'Ingredients', operation: 'Work' },
  cause: {
    network_lost: 'network lost', camera_offline: 'camera offline', wrong_password: 'wrong name or password', no_video: 'no usable video',
    bad_stream: 'broken stream', gateway_down: 'gateway down', disk_full: 'disk full', overload: 'gateway overloaded', clock_jump: 'clock jump',
    retention: 'deleted by retention', order: 'deleted by order',
  },
  time: { yesterday: 'yesterday', asOf: 'as of {at}', days: '{n} d', hours: '{n} h', minutes: '{n} min', left: '{span} left', over: 'overdue by {span}' },
  player: {
    connecting: 'Connecting', late: 'Late', offline: 'Offline', offlineSince: 'offline since {at}', broken: 'Connection lost, next try in {n} s',
    paused: 'Paused while the page is hidden', delay: 'WS · {s} s', fullScreen: 'Full screen', open: 'Open the live picture of {name}',
    refused: {
      not_playable: 'This stream is H.265, which browsers do not play; give the camera an H.264 sub stream', too_many_viewers: 'Too many viewers; try again in a minute',
      not_pulled: 'The stream is not being pulled; is the camera enabled?', no_gateway: 'This server runs no gateway, so there is no live picture', not_public: 'This picture is not public now', no_public_derivative: 'This picture is not public now', camera_disabled: 'The camera is switched off', stream_ended: 'The stream ended, connecting again',
      no_media_source: 'This browser cannot play live pictures; please update it', other: 'No picture: {message}',
    },
  },
  error: {
    unreachable: 'The server cannot be reached. Check the network; nothing is lost and the page updates by itself.', http_403: 'You may not do this.', http_404: 'Not found; it may have been removed, or lies outside your area.',
    http_409: 'Somebody else has changed it. Refresh and try again.', http_413: 'The file is too large; choose a smaller photo.', http_429: 'Too many tries; please wait a little.',
    http_5xx: 'The server failed and nothing was saved. Try again later; tell the administrator if it stays.', other: 'Not done ({code}). Please try again.', retry: 'Try again',
  },
  action: { back: 'Back', cancel: 'Cancel', close: 'Close', save: 'Save', copy: 'Copy', copied: 'Copied', more: 'Load more', refresh: 'Refresh' },
  demo: { banner: 'Demonstration: the footage is synthetic and shows no real kitchen.' },
};
export default words;
