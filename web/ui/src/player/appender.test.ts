import { expect, it, vi } from 'vitest';
import { Appender, QUEUE_LIMIT, type Buffer } from './appender';

class ScriptedBuffer extends EventTarget implements Buffer {
  updating = false;
  log: string[] = [];
  buffered = { length: 1, start: () => 0, end: () => 30 } as TimeRanges;
  appendBuffer(data: BufferSource): void {
    if (this.updating) throw new DOMException('updating', 'InvalidStateError');
    this.updating = true;
    this.log.push(`append ${(data as ArrayBuffer).byteLength}`);
  }
  remove(start: number, end: number): void {
    this.updating = true;
    this.log.push(`remove ${start}-${end}`);
  }
  finish(): void {
    this.updating = false;
    this.dispatchEvent(new Event('updateend'));
  }
}
const bytes = (length: number) => new ArrayBuffer(length);

it('appends one at a time and in order, trims in turn', () => {
  const buffer = new ScriptedBuffer();
  const appender = new Appender(buffer, vi.fn(), vi.fn());
  appender.append(bytes(1));
  appender.append(bytes(2));
  appender.trim(20);
  appender.append(bytes(3));
  expect(buffer.log).toEqual(['append 1']);
  [1, 2, 3].forEach(() => buffer.finish());
  expect(buffer.log).toEqual(['append 1', 'append 2', 'remove 0-20', 'append 3']);
});

it('starts afresh when the decoder cannot follow', () => {
  const overflow = vi.fn();
  const appender = new Appender(new ScriptedBuffer(), overflow, vi.fn());
  for (let i = 0; i < QUEUE_LIMIT + 2; i += 1) appender.append(bytes(1));
  expect(overflow).toHaveBeenCalledTimes(1);
});

it('reports what the browser cannot decode', () => {
  const buffer = new ScriptedBuffer();
  const failure = vi.fn();
  new Appender(buffer, vi.fn(), failure);
  buffer.dispatchEvent(new Event('error'));
  expect(failure).toHaveBeenCalledTimes(1);
});

it('takes nothing after it is closed', () => {
  const buffer = new ScriptedBuffer();
  const appender = new Appender(buffer, vi.fn(), vi.fn());
  appender.close();
  appender.append(bytes(1));
  expect(buffer.log).toEqual([]);
});
