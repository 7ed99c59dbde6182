/** Writes a time as the database reads it. */
export type TimeText = (time: Date) => string;

/** Times that are remembered before all are forgotten. */
const MOST = 64;

/** The same, with the last texts remembered: most times of a batch are the same few milliseconds. */
export function remembering(write: TimeText): TimeText {
  const texts = new Map<number, string>();
  return (time) => {
    const milliseconds = time.getTime();
    let text = texts.get(milliseconds);
    if (text === undefined) {
      if (texts.size === MOST) texts.clear();
      text = write(time);
      texts.set(milliseconds, text);
    }
    return text;
  };
}
