// Loaded before everything else: prints how long the event loop was held up, in milliseconds, whenever that was noticeable.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const NOTICEABLE_MS = 5;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
setInterval(() => {
  const longest = delay.max / 1e6;
  delay.reset();
  if (longest > NOTICEABLE_MS) console.log(`loop held up ${longest.toFixed(1)} ms`);
}, 25).unref();
