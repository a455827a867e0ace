// The whole main job in a real browser against the real binary (issue 2, Shows 1). One district serves all specs.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { launch } from './chromium.js';
import { startDistrict } from './district.js';
import { signIn } from './specs/sign-in.js';
import { watching } from './specs/watching.js';
import { violations } from './specs/violations.js';
import { parents } from './specs/parents.js';
import { publication } from './specs/publication.js';
import { administration } from './specs/administration.js';
import { storage } from './specs/storage.js';
import { rules } from './specs/rules.js';
import { accessibility } from './specs/accessibility.js';

describe('the demo district in a browser', { concurrency: false, timeout: 600_000 }, () => {
  const world = { people: {} };
  before(async () => {
    world.district = await startDistrict();
    world.browser = await launch();
  });
  after(async () => {
    await world.browser?.close();
    const end = await world.district?.stop();
    if (!end) return;
    assert.equal(end.code, 0, `mingchu ended with ${end.code ?? end.signal}`);
    assert.ok(end.tookMs < 3_000, `mingchu took ${end.tookMs} ms to stop`);
  });
  signIn(world);
  watching(world);
  violations(world);
  parents(world);
  publication(world);
  administration(world);
  storage(world);
  rules(world);
  accessibility(world);
});
