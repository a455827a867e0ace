/** The part of a SourceBuffer that is used here. */
export interface Buffer extends EventTarget {
  readonly updating: boolean;
  readonly buffered: TimeRanges;
  appendBuffer(data: BufferSource): void;
  remove(start: number, end: number): void;
}
type Step = { append: ArrayBuffer } | { removeBefore: number };

/** Fragments waiting for the buffer; about 6 s at 25 pictures a second. */
export const QUEUE_LIMIT = 150;

/**
 * Appends strictly in order, one at a time: a SourceBuffer takes nothing while it is updating.
 *
 * The queue is bounded. When it is full the decoder cannot follow: everything waiting is dropped and `onOverflow`
 * starts afresh, because a hole in the middle would show broken pictures until the next key.
 */
export class Appender {
  private queue: Step[] = [];
  private isClosed = false;

  constructor(
    private readonly buffer: Buffer,
    private readonly onOverflow: () => void,
    private readonly onFailure: (cause: unknown) => void,
  ) {
    buffer.addEventListener('updateend', this.pump);
    buffer.addEventListener('error', this.fail);
  }

  append(data: ArrayBuffer): void {
    if (this.isClosed) return;
    if (this.queue.length >= QUEUE_LIMIT) {
      this.queue = [];
      this.onOverflow();
      return;
    }
    this.queue.push({ append: data });
    this.pump();
  }

  /** Frees what lies before `time`, in its turn. */
  trim(time: number): void {
    const { buffered } = this.buffer;
    if (this.isClosed || buffered.length === 0 || buffered.start(0) >= time) return;
    if (this.queue.some((step) => 'removeBefore' in step)) return;
    this.queue.push({ removeBefore: time });
    this.pump();
  }

  close(): void {
    this.isClosed = true;
    this.queue = [];
    this.buffer.removeEventListener('updateend', this.pump);
    this.buffer.removeEventListener('error', this.fail);
  }

  private readonly fail = () => this.onFailure(new Error('the browser cannot decode this stream'));

  private readonly pump = () => {
    if (this.isClosed || this.buffer.updating) return;
    const step = this.queue.shift();
    if (step === undefined) return;
    try {
      if ('append' in step) this.buffer.appendBuffer(step.append);
      else this.buffer.remove(0, step.removeBefore);
    } catch (cause) {
      this.onFailure(cause);
    }
  };
}
