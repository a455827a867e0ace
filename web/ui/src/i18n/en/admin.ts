import type zh from '../zh-CN/admin';

const admin: typeof zh = {
  cameras: {
    title: 'Cameras', add: 'Add a camera', name: 'Name', state: 'State', streams: 'Streams', public: 'Public', enabled: 'On', remove: 'Remove', removeTitle: 'Remove the camera "{name}"?', removeHelp: 'It is no longer pulled or judged. Footage and violations stay.', removed: 'Removed "{name}"', empty: 'No cameras yet', emptyHelp: 'Add the first one: test its address, then save.', act: 'Actions',
    publicRefused: 'Cannot be public: {reason}', never: 'this zone is never public', 
  },
  form: {
    title: 'Add a camera', canteen: 'Canteen', name: 'Name', namePlaceholder: 'For example: Cooking room 1', zone: 'Zone', main: 'Address of the main stream', sub: 'Address of the sub stream', subHelp: 'Optional. For walls and phones; choose H.264.', username: 'Name', password: 'Password', addressHelp: 'rtsp://host:port/path; name and password go below, not into the address.', probe: 'Test', probing: 'Connecting, 10 seconds at most', ok: 'Connected: {codec}, {width}×{height}', h265: 'This stream is H.265: it is recorded and judged, but browsers do not play it. Give an H.264 sub stream.',
    save: 'Save', saved: 'Added "{name}", connecting', need: { canteen: 'Choose a canteen', name: 'Give a name', zone: 'Choose a zone', main_url: 'Give an address that starts with rtsp://', sub_url: 'The sub stream must start with rtsp://' }, credentials: 'The address holds a name or password; move it to the fields below.', probeFirst: 'Better test it first', failed: 'Cannot connect: {why}',
  },
  people: { title: 'People', office: 'Office', role: 'Role', login: 'Account', scope: 'Reach', password: 'Password', has: 'set', hasNot: 'not set', all: 'everything', link: 'Make a sign-in link', linkTitle: 'Sign-in link (works once)', linkHelp: 'Hand it over in person or by a safe way. Valid until {at}.', empty: 'No people yet', unavailable: 'In this version people are managed on the command line: mingchu user add / mingchu user list.' },
  system: { title: 'System', version: 'Version', database: 'Database', started: 'Started', judging: 'Judging', models: 'Models', publication: 'Public pictures', allowed: 'allowed', refused: 'not allowed: {reason}', demo: 'Demonstration', yes: 'yes', no: 'no', cameras: 'Cameras', online: '{live}/{all} online', checkHelp: 'Run mingchu check on the server to test configuration, database, storage and models one by one.' },
};
export default admin;
