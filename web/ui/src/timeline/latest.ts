/** Runs the newest wish after a pause, aborts what an older one still does: the last one wins. */
export class Latest<Wish, Answer> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | undefined;

  /** `pauseMs`: how long a wish must stand before it is asked for. */
  constructor(
    private readonly pauseMs: number,
    private readonly ask: (wish: Wish, signal: AbortSignal) => Promise<Answer>,
    private readonly take: (answer: Answer, wish: Wish) => void,
  ) {}

  wish(wish: Wish): void {
    this.drop();
    this.timer = setTimeout(() => void this.run(wish), this.pauseMs);
  }

  /** Forgets the wish; an answer under way is not taken. */
  drop(): void {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = undefined;
  }

  private async run(wish: Wish): Promise<void> {
    const mine = new AbortController();
    this.running = mine;
    const answer = await this.ask(wish, mine.signal);
    if (this.running !== mine) return;
    this.running = undefined;
    this.take(answer, wish);
  }
}
