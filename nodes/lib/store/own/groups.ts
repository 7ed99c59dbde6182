import type { SegmentText } from '../../hl7/tokenizer';

/** Where a segment stands: the patient and the order it belongs to (0: before any), and the segment it is a detail of. */
interface Place {
  name: string;
  occurrence: number;
  patient: number;
  order: number;
  head: number;
}

/** Segments that belong to the one before them. */
const DETAILS: ReadonlySet<string> = new Set(['NTE', 'PRT', 'IN2', 'IN3', 'RXR', 'RXC']);

/**
 * Which of several segments of one name is meant, seen from another segment: of an OBX, the OBR and ORC it stands under
 * and the NTE behind it; of an NTE, the OBX before it. A result must never be put to another one's order.
 */
export class Groups {
  readonly #places: Place[] = [];
  readonly #byName = new Map<string, Place[]>();

  constructor(segments: readonly SegmentText[]) {
    let [patient, order, head] = [0, 0, 0];
    /** The current order's ORC has come, its OBR has not. */
    let open = false;
    for (const [n, { name, occurrence }] of segments.entries()) {
      if (name === 'PID') [patient, order, open] = [patient + 1, 0, false];
      if (name === 'ORC' || (name === 'OBR' && !open)) order = n + 1;
      if (name === 'ORC' || name === 'OBR') open = name === 'ORC';
      if (!DETAILS.has(name)) head = n;
      const place: Place = { name, occurrence, patient, order, head };
      this.#places.push(place);
      const same = this.#byName.get(name);
      if (same === undefined) this.#byName.set(name, [place]);
      else same.push(place);
    }
  }

  /** How many segments there are of a name. */
  count(name: string): number {
    return this.#byName.get(name)?.length ?? 0;
  }

  /**
   * The occurrence of a segment that belongs to another one.
   * @returns undefined when there is none in its group
   */
  occurrence(name: string, from: { name: string; occurrence: number }): number | undefined {
    const row = this.#byName.get(from.name)?.[from.occurrence - 1];
    if (row === undefined) return undefined;
    if (name === from.name) return from.occurrence;
    const head = this.#places[row.head]!;
    if (head.name === name) return head.occurrence;
    const candidates = this.#byName.get(name) ?? [];
    const { patient, order } = row;
    const near = candidates.find((one) => one.head === row.head);
    if (near !== undefined || DETAILS.has(name)) return near?.occurrence;
    const found =
      candidates.find((one) => one.patient === patient && one.order === order) ??
      candidates.find((one) => one.patient === patient && one.order === 0) ??
      candidates.find((one) => one.patient === 0);
    return found?.occurrence;
  }
}
