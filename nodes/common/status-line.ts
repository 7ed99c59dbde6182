import type { Node, NodeStatus } from 'node-red';

/** Sets a node's status at most once a second, the last word always shown. */
export class StatusLine {
  private last = 0;
  private shown = '';
  private waiting: (() => NodeStatus) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly node: Node,
    private readonly everyMs = 1000,
  ) {}

  /** A counter or the like: may be shown later, or be overtaken by the next; it is made only when it is shown. */
  update(status: () => NodeStatus): void {
    this.waiting = status;
    if (this.closed || this.timer !== undefined) return;
    const wait = this.last + this.everyMs - Date.now();
    if (wait <= 0) this.show();
    else this.timer = setTimeout(() => this.show(), wait).unref();
  }

  /** A change of state: shown at once. */
  change(status: NodeStatus): void {
    this.waiting = () => status;
    this.show();
  }

  /** Nothing is shown any more: after a deployment the node's place in the editor is its successor's. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const status = this.waiting?.();
    this.waiting = undefined;
    if (status === undefined || this.closed) return;
    this.last = Date.now();
    const text = JSON.stringify(status);
    if (text === this.shown) return;
    this.shown = text;
    this.node.status(status);
  }
}
