/** Whether what a dialog shows can be read: colours as the browser computes them. */
import type { Page } from 'playwright-core';
import { nodeRedVersion } from '../support/node-red';

export const SINCE_5 = Number.parseInt(nodeRedVersion(), 10) >= 5;
/** The least contrast at which text of this size counts as readable (WCAG 2, AA); the older editor's own hints have 3.5. */
export const READABLE = SINCE_5 ? 4.5 : 3.5;

export interface Reading {
  /** Which text: the element and its first words. */
  what: string;
  color: string;
  background: string;
  /** Contrast ratio of WCAG 2, from 1 (not to be seen) to 21. */
  contrast: number;
}

// Runs in the page. Colours of every notation become red, green, blue and alpha on a canvas of one pixel.
const MEASURE = `(dialog) => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pixel = canvas.getContext('2d', { willReadFrequently: true });
  const paint = (layers) => {
    pixel.clearRect(0, 0, 1, 1);
    for (const color of layers) {
      pixel.fillStyle = color;
      pixel.fillRect(0, 0, 1, 1);
    }
    return [...pixel.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const layersUnder = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
    return ['white', ...layers];
  };
  const hasText = (element) =>
    ['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName) ||
    [...element.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== '');
  return [...dialog.querySelectorAll('label, input, select, textarea, summary, span, p, button, a, div')]
    .filter((element) => element.checkVisibility() && element.getClientRects().length > 0 && hasText(element))
    .filter((element) => !element.disabled && !['checkbox', 'hidden'].includes(element.type))
    .map((element) => {
      const under = layersUnder(element);
      const background = paint(under);
      const color = paint([...under, getComputedStyle(element).color]);
      const [light, dark] = [luminance(color), luminance(background)].sort((a, b) => b - a);
      const words = (element.value || element.textContent || '').trim().slice(0, 40);
      return {
        what: element.tagName.toLowerCase() + ' ' + (element.id || words),
        color: color.slice(0, 3).join(','),
        background: background.slice(0, 3).join(','),
        contrast: Math.round(((light + 0.05) / (dark + 0.05)) * 10) / 10,
      };
    });
}`;

/** Every text, input and button that the dialog on top shows. */
export function readings(page: Page): Promise<Reading[]> {
  return page.evaluate(`(${MEASURE})([...document.querySelectorAll('.red-ui-tray')].at(-1))`) as Promise<Reading[]>;
}
