import type zh from '../zh-CN/codes';

const codes: typeof zh = {
  not_signed_in: 'The session has ended; please sign in again.', forbidden: 'You may not do this.', cross_site: 'The request came from another site and was refused. Use the pages of this system.', not_found: 'Not found; it may have been removed, or lies outside your area.',
  wrong_credentials: 'Wrong account or password.', wrong_password: 'The account or password is wrong; check both.', password_too_short: 'A password has at least 10 characters.', account_locked: 'Too many wrong passwords; the account is locked for 15 minutes.', too_many_attempts: 'Too many tries; please wait a little.', too_many_requests: 'Too many requests; please wait a little.',
  invalid_body: 'What was sent is not complete; nothing was saved.', invalid_form: 'What was sent is not complete; nothing was saved.', bad_camera_address: 'This is no valid rtsp:// address.', bad_name: 'A name may be neither empty nor too long.', bad_text: 'The text may be neither empty nor too long.',
  photo_missing: 'Please add a photo.', photo_unreadable: 'This file is no readable photo; choose another.', photo_too_large: 'The photo is too large; choose a smaller one.', photo_too_many_pixels: 'The photo has too many pixels; choose a smaller one.',
  already_reviewed: 'Somebody has reviewed this already; refresh.', not_reviewed: 'Nobody has reviewed this, so there is nothing to undo.', undo_too_late: 'Too late to undo, or the canteen has answered.', does_not_fit_state: 'The state has changed; this is no longer possible. Refresh.', not_confirmed_yet: 'A notice can be closed only after a person has confirmed the violation.',
  no_deadline: 'A prompt has no deadline to extend.', deadline_past: 'The new deadline must lie in the future.', zone_never_public: 'This zone is never public.', no_public_derivative: 'Privacy treatment is not enabled, so pictures cannot be public.',
  network_lost: 'Nobody answers at this address: check host and port, and that the network reaches it.', camera_offline: 'The camera sends no picture: is it on, and the stream enabled?', no_video: 'There is no usable video at this address; check the path.', bad_stream: 'The camera sends a broken stream; check its encoding (H.264 or H.265).',
};
export default codes;
