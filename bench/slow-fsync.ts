/** A slower disk: a library that adds time to every fsync and fdatasync of a process that is started with it (Linux). */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../test/support/temp';

const SOURCE = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static void more(void) {
  struct timespec time = {0, MICROSECONDS * 1000L};
  nanosleep(&time, 0);
}
int fsync(int file) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  int result = real(file);
  more();
  return result;
}
int fdatasync(int file) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  int result = real(file);
  more();
  return result;
}
`;

/**
 * The environment of a process whose syncs take longer.
 * @returns or why it cannot be had
 */
export function slowFsync(microseconds: number): { LD_PRELOAD: string } | string {
  if (process.platform !== 'linux') return 'only Linux can be told to load a library first';
  const folder = tempFolder('fsync');
  // A server runs as another user.
  chmodSync(folder, 0o755);
  const source = join(folder, 'slow.c');
  const library = join(folder, 'slow.so');
  writeFileSync(source, SOURCE);
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', `-DMICROSECONDS=${microseconds}`, '-o', library, source, '-ldl']);
  } catch {
    return 'there is no C compiler (cc)';
  }
  return { LD_PRELOAD: library };
}
