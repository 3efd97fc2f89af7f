/** Within this distance of the end the reader is at the end, and the view follows it. */
const NEAR_END = 80;

/**
 * The one owner of a scroll position. Either it follows the end, or it keeps the entry being read where it is, whatever grows,
 * shrinks, comes or goes above and below. It acts before the browser paints, so nothing is seen to jump.
 */
export class ScrollKeeper {
  following = true;
  private anchor: { element: Element; top: number } | undefined;
  private lastTop = 0;
  private readonly sizes = new ResizeObserver(() => this.restore());

  /** @param moved told after the reader scrolled */
  constructor(
    private readonly scroller: HTMLElement,
    private readonly list: HTMLElement,
    private readonly moved: () => void,
  ) {
    scroller.addEventListener('scroll', this.scrolled, { passive: true });
    this.sizes.observe(scroller);
    this.sizes.observe(list);
  }

  close(): void {
    this.scroller.removeEventListener('scroll', this.scrolled);
    this.sizes.disconnect();
  }

  get fromTop(): number {
    return this.scroller.scrollTop;
  }

  get toEnd(): number {
    return this.scroller.scrollHeight - this.scroller.clientHeight - this.scroller.scrollTop;
  }

  /** Puts things back where they were, after the content has changed. */
  restore(): void {
    if (this.following) {
      this.scroller.scrollTop = this.scroller.scrollHeight;
    } else if (this.anchor?.element.isConnected) {
      const by = this.topOf(this.anchor.element) - this.anchor.top;
      if (Math.abs(by) >= 1) this.scroller.scrollTop += by;
    }
    this.lastTop = this.scroller.scrollTop;
    if (!this.anchor?.element.isConnected) this.remember();
  }

  follow(): void {
    this.following = true;
    this.restore();
  }

  /**
   * Something in this element is about to be folded or unfolded by a person, who looks at its head: that stays where it is.
   * The end is followed again when it is still in reach afterwards.
   */
  hold(element: Element): void {
    if (this.following) {
      this.following = false;
      this.anchor = { element, top: this.topOf(element) };
    }
    // New sizes are told of at the end of a frame, so the frame after the next change knows them.
    requestAnimationFrame(() => requestAnimationFrame(() => this.letGo()));
  }

  private letGo(): void {
    if (this.following || this.toEnd > NEAR_END) return;
    this.following = true;
    this.moved();
  }

  /** Brings an entry to the upper third and stays with it, or goes on to follow the end where that is in reach. */
  show(element: Element): void {
    this.scroller.scrollTop += this.topOf(element) - this.scroller.clientHeight / 4;
    this.lastTop = this.scroller.scrollTop;
    this.anchor = { element, top: this.topOf(element) };
    this.following = this.toEnd <= NEAR_END;
  }

  private readonly scrolled = (): void => {
    const top = this.scroller.scrollTop;
    // Content that grows moves the end away without the reader moving: only going up is a wish to leave it.
    if (this.toEnd <= NEAR_END) this.following = true;
    else if (top < this.lastTop - 1) this.following = false;
    this.lastTop = top;
    this.remember();
    this.moved();
  };

  private remember(): void {
    for (const element of this.list.children) {
      const top = this.topOf(element);
      if (top + element.getBoundingClientRect().height > 1) {
        this.anchor = { element, top };
        return;
      }
    }
    this.anchor = undefined;
  }

  private topOf(element: Element): number {
    return element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
  }
}
