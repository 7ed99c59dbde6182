import { Hl7Error } from '../../errors';
import type { RetentionPolicy } from '../types';

export type Policy = Readonly<Required<RetentionPolicy>>;

const DEFAULTS: Policy = {
  contentDays: 0,
  contentMessages: 0,
  days: 0,
  messages: 0,
  everyMinutes: 60,
  batchMessages: 200,
};

/** Each number with its bounds, whether it may have a fraction, and how an error names it. */
export const RULES: Record<keyof RetentionPolicy, { least: number; most: number; fraction: boolean; what: string }> = {
  contentDays: { least: 0, most: 36_500, fraction: true, what: 'The days that content is kept' },
  contentMessages: { least: 0, most: 1e12, fraction: false, what: 'The number of messages that keep their content' },
  days: { least: 0, most: 36_500, fraction: true, what: 'The days that messages are kept' },
  messages: { least: 0, most: 1e12, fraction: false, what: 'The number of messages that are kept' },
  everyMinutes: { least: 1, most: 7 * 24 * 60, fraction: true, what: 'The minutes between two runs of the retention' },
  batchMessages: { least: 1, most: 1000, fraction: false, what: 'The messages of one transaction of the retention' },
};

/**
 * The policy with its defaults; undefined when it keeps everything. Throws `RETENTION_INVALID`.
 */
export function policyOf(options: RetentionPolicy | undefined): Policy | undefined {
  const policy = { ...DEFAULTS };
  for (const [key, { least, most, fraction, what }] of Object.entries(RULES)) {
    const name = key as keyof RetentionPolicy;
    const value = options?.[name] ?? DEFAULTS[name];
    if (!Number.isFinite(value) || value < least || value > most || (!fraction && !Number.isInteger(value))) {
      const kind = fraction ? 'number' : 'whole number';
      const range = `from ${least} to ${most.toLocaleString('en-US')}`;
      const text = `${what} must be a ${kind} ${range}. Open the database's settings and change it.`;
      throw new Hl7Error('RETENTION_INVALID', text);
    }
    policy[name] = value;
  }
  const { contentDays, contentMessages, days, messages } = policy;
  return contentDays + contentMessages + days + messages > 0 ? policy : undefined;
}
