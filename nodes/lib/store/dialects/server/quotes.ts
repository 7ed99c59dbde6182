/** Text between quotes; those inside are doubled. */
export function inQuotes(text: string, quote: '"' | "'" | '`'): string {
  return `${quote}${text.replaceAll(quote, quote + quote)}${quote}`;
}
