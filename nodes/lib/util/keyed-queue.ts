/**
 * Work on what came over several lines, each line's in the order in which it came: also where some of it takes pauses,
 * during which more comes.
 */
export class KeyedQueue {
  private readonly last = new Map<string, Promise<void>>();

  /**
   * Does the work at once, or when all that came before on its line is done.
   * @param work may be done when it returns, or when the promise that it returns resolves
   * @returns a promise when it is not done yet; it rejects as the work does, which holds up no other work
   * @throws what the work throws at once
   */
  run(line: string, work: () => void | Promise<void>): undefined | Promise<void> {
    const before = this.last.get(line);
    const done = before === undefined ? work() : before.then(work);
    if (!(done instanceof Promise)) return undefined;
    const over = done
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(line) === over) this.last.delete(line);
      });
    this.last.set(line, over);
    return done;
  }
}
