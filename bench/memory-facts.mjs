// Loaded before everything else: prints the memory of the process several times a second, in bytes, one JSON line each.
const EVERY_MS = 200;
setInterval(() => console.log(`memory ${JSON.stringify(process.memoryUsage())}`), EVERY_MS).unref();
