// @vitest-environment jsdom
import { afterEach, expect, it, vi } from 'vitest';
import { dropDraft, fromDataUrl, keepDraft, loadDraft } from './draft';

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
});

it('keeps an answer until it is sent', () => {
  keepDraft('n1', { text: '已整改', photo: 'data:image/jpeg;base64,AAEC' });
  expect(loadDraft('n1')).toEqual({ text: '已整改', photo: 'data:image/jpeg;base64,AAEC' });
  dropDraft('n1');
  expect(loadDraft('n1')).toEqual({ text: '', photo: null });
});

it('keeps the text when the photo does not fit', () => {
  const real = Storage.prototype.setItem;
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(function (this: Storage, key, value) {
    if (value.length > 60) throw new DOMException('full', 'QuotaExceededError');
    real.call(this, key, value);
  });
  expect(keepDraft('n2', { text: '已整改', photo: `data:image/jpeg;base64,${'A'.repeat(100)}` })).toBe(true);
  expect(loadDraft('n2')).toEqual({ text: '已整改', photo: null });
});

it('turns a data URL back into its bytes', async () => {
  const blob = fromDataUrl('data:image/png;base64,AAEC');
  expect(blob.type).toBe('image/png');
  expect(blob.size).toBe(3);
});
