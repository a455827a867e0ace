// Follows a live playlist as a low-latency player does, and holds every answer against RFC 8216 and its second edition.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Parser } = require('m3u8-parser');
const HLS = require('hls-parser');

/** Returns the playlist as each of two independent parsers sees it. */
function parse(text) {
  const said = [];
  const { error } = console;
  console.error = (line) => said.push(line);
  const other = HLS.parse(text);
  console.error = error;
  // This parser takes a segment for a target duration long; ours may be shorter, and the rule is about time (§4.4.4.9).
  const others = said.filter((line) => !line.includes('Remove EXT-X-PART tags'));
  assert.deepEqual(others, [], text);
  const parser = new Parser();
  const warnings = [];
  parser.on('warn', ({ message }) => warnings.push(message));
  parser.push(text);
  parser.end();
  assert.deepEqual(warnings, [], text);
  return { one: parser.manifest, other };
}

function check(text, before) {
  const { one, other } = parse(text);
  const skipped = one.skip?.skippedSegments ?? 0;
  assert.equal(other.skip, skipped, text);
  assert.equal(one.mediaSequence, other.mediaSequenceBase);
  const whole = other.segments.filter((segment) => segment.uri);
  assert.ok(
    whole.every((segment) => Math.round(segment.duration) <= one.targetDuration),
    `EXTINF over the target duration (RFC 8216 §4.3.3.1):\n${text}`,
  );
  const parts = other.segments.flatMap((segment) => segment.parts);
  assert.ok(parts.length > 0, text);
  assert.ok(
    parts.every((part) => part.hint || part.duration <= one.partTargetDuration),
    `a part is longer than the target:\n${text}`,
  );
  assert.ok(one.serverControl.canBlockReload && one.serverControl.partHoldBack >= 3 * one.partTargetDuration - 0.001);
  const hints = [...(one.preloadSegment?.preloadHints ?? [])];
  assert.equal(hints.length, 1, text);
  const next = one.mediaSequence + skipped + other.segments.length;
  if (before) {
    assert.ok(one.mediaSequence >= before.first, 'the media sequence goes back');
    assert.ok(next >= before.next, 'segments vanish at the end');
  }
  return { first: one.mediaSequence, next, skipped, hint: hints[0].uri };
}

/** Reloads `url` so many times, each time for the part that comes next; returns what was seen. */
export async function follow(url, times) {
  const seen = { playlists: 0, skipping: 0, waitedMs: [], discontinuities: 0 };
  let before;
  let ask = '';
  for (let i = 0; i < times; i += 1) {
    const begun = Date.now();
    const response = await fetch(url + ask);
    const text = await response.text();
    assert.equal(response.status, 200, `${ask}: ${text}`);
    seen.waitedMs.push(Date.now() - begun);
    const now = check(text, before);
    seen.playlists += 1;
    seen.discontinuities = Math.max(seen.discontinuities, text.split('#EXT-X-DISCONTINUITY\n').length - 1);
    if (now.skipped > 0) seen.skipping += 1;
    const [, number, part] = /part-(\d+)-(\d+)\.m4s/.exec(now.hint);
    if (ask !== '') assert.ok(text.includes(asked(ask)), `the answer lacks what was waited for: ${ask}\n${text}`);
    ask = `?_HLS_msn=${number}&_HLS_part=${part}${i % 2 ? '&_HLS_skip=YES' : ''}`;
    before = now;
  }
  return seen;
}

/** The part that a reload waited for, or the segment that took its place. */
function asked(query) {
  const wanted = new URLSearchParams(query);
  return `-${wanted.get('_HLS_msn')}`;
}
