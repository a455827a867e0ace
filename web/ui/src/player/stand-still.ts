/** A public picture older than this is covered: nobody can say any more that it shows what is now. */
export const STILL_MS = 1_000;
const LOOK_MS = 100;

/**
 * Tells when no new picture has come for a second, whatever the reason: server, network or this device.
 *
 * It counts pictures that were shown, not bytes that came, so it holds for every way that ends in a video element.
 */
export class StandStill {
  private cameAt = performance.now();
  private isStanding = false;
  private isClosed = false;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly onChange: (isStanding: boolean) => void,
  ) {
    this.timer = setInterval(this.look, LOOK_MS);
    if ('requestVideoFrameCallback' in video) this.wait();
    else (video as HTMLVideoElement).addEventListener('timeupdate', this.came);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    this.video.removeEventListener('timeupdate', this.came);
    this.set(false);
  }

  private wait(): void {
    this.video.requestVideoFrameCallback(() => {
      if (this.isClosed) return;
      this.came();
      this.wait();
    });
  }

  private readonly came = () => {
    this.cameAt = performance.now();
    this.set(false);
  };

  private readonly look = () => {
    if (performance.now() - this.cameAt > STILL_MS) this.set(true);
  };

  private set(isStanding: boolean): void {
    if (isStanding === this.isStanding) return;
    this.isStanding = isStanding;
    this.onChange(isStanding);
  }
}
