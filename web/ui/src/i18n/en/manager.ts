import type zh from '../zh-CN/manager';

const manager: typeof zh = {
  tabs: { inbox: 'Inbox', cameras: 'Cameras' }, inbox: { title: 'Inbox', open: 'To do', waiting: 'Waiting', done: 'Done', empty: 'Nothing to do', emptyHelp: 'You are told at once when something is found.', emptyWaiting: 'Nothing is waiting for a recheck', emptyDone: 'Nothing done yet', sentence: '{zone}: {what}', at: '{camera} · {at}' },
  act: { rectify: 'Rectify', appeal: 'Appeal', acknowledge: 'Acknowledge' },
  rectify: { title: 'Send rectification', photo: 'Take or choose a photo', again: 'Another one', text: 'One line of text', placeholder: 'For example: everybody wears a hat now', send: 'Send', sending: 'Sending {share}', sent: 'Sent, waiting for the recheck', needPhoto: 'Take a photo of the correction first', draft: 'Draft kept on this phone', notPicture: 'This file is no readable photo; choose another.', large: 'The photo is {size} after compression', failed: 'Not sent. Photo and text are still here; try again.' },
  appeal: { title: 'Send an appeal', text: 'Reason', placeholder: 'Say why this is no violation', send: 'Send appeal', sent: 'Appeal sent, a supervisor looks again', need: 'Give a reason (5 characters or more)' },
  notice: { waiting: 'Waiting for the recheck', closed: 'Closed {at}', withdrawn: 'Withdrawn, nothing to do', appealed: 'Appealed, waiting for an answer', doc: 'The whole notice', why: 'Why', answered: 'Your answers' },
  cameras: { title: 'My cameras', empty: 'No cameras yet', last: 'last picture {at}', wipe: 'Wipe the lens when the picture is blurred', watch: 'Watch', check: 'Check power and network of the camera.' },
};
export default manager;
