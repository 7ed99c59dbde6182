import type { SegmentText } from '../../hl7';

/**
 * What a group is of: the message; a patient (PID), a specimen with orders below it (SPM before ORC and OBR), an
 * order (ORC, OBR) or what else is repeated in its place (RGS, MFE); a part of an order that has results
 * (RXA, RXE, SPM behind OBR); one record (OBX, AL1, IN1, AIS).
 */
type Kind = 'message' | 'patient' | 'specimen' | 'order' | 'part' | 'record';

interface Group {
  kind: Kind;
  parent: Group | undefined;
  /** What the group is named by, of an order its ORC and OBR: occurrences by name. */
  heads: Map<string, number[]>;
  /** Occurrences by name: segments in the group itself, and heads of the groups below it. */
  below: Map<string, number[]>;
}

interface Place {
  name: string;
  occurrence: number;
  group: Group;
  isHead: boolean;
  /** Of a note: the segment that it belongs to. */
  of: Place | undefined;
  /** Notes behind the segment, by name: occurrences. */
  notes: Map<string, number[]> | undefined;
}

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Segments before and between the groups of a message. */
const OF_MESSAGE = names('MSH SFT UAC ARV EVN MSA ERR QAK QPD QRD QRF RCP DSC SCH MFI');
/** One a patient or visit, whatever is between them and its PID. */
const OF_PATIENT = names('PD1 MRG PV1 PV2 PDA DRG ACC UB1 UB2');
/** Several a patient, each with its details. */
const RECORDS_OF_PATIENT = names('NK1 AL1 IAM DB1 PR1 GT1 IN1');
/** Those of an order, or of the patient where there is none. */
const RECORDS = names('OBX DG1 FT1 CTI AIS AIG AIL AIP');
/** Of an order, also behind its results; of the message where there is none. */
const OF_ORDER = names('TQ1 TQ2 CTD BLG ODS ODT TXA');
/** Parts of an order: results behind them are theirs. */
const PARTS = names('RXO RXE RXD RXG RXA SPM');
/** Segments that belong to the one before them alone. */
const NOTES = names('NTE PRT ROL');
/** Segments that belong to the one before them; a note behind them does so, too. */
const DETAILS = names('IN2 IN3 RXR RXC INV TCD SID');
/** Segments that have no notes: one behind them belongs to the segment before them. */
const WITHOUT_NOTES = names('PD1 ARV TQ1 TQ2 CTD');
/** Records that a table has rows for: never given for the segment above them. */
const RESULTS = names('OBX AIS AIG AIL AIP');
/** What describes only itself: never given for another segment of its order or patient. */
const SINGLE = new Set([...RECORDS, ...RECORDS_OF_PATIENT, ...NOTES, ...names('PID ORC OBR RGS MFE RXA IN3 RXC SPM')]);

const NONE: readonly number[] = Object.freeze([]);

/**
 * Which segment of a name is meant, seen from another segment. The segments of a message are put into the groups that the
 * standard's message structures have, by the order in which they come. From a segment, a name means, nearest first:
 * the segment itself; the segments above it (of an OBX the OBR and ORC, and the PID above them); its details (of an OBX
 * the NTE behind it); and what describes one of those as a whole (the PV1 of the patient, the SPM and TQ1 of the order,
 * a Z segment behind one of them). A result, or another record of a group, is never given for a segment that is not
 * below it: the note of an order has no OBX, a diagnosis has no AL1.
 */
export class Groups {
  readonly #byName = new Map<string, Place[]>();

  constructor(segments: readonly SegmentText[]) {
    const build = new Builder(segments);
    for (const place of build.places) {
      const same = this.#byName.get(place.name);
      if (same === undefined) this.#byName.set(place.name, [place]);
      else same.push(place);
    }
  }

  /** How many segments there are of a name. */
  count(name: string): number {
    return this.#byName.get(name)?.length ?? 0;
  }

  /**
   * The occurrences of a name that a segment means: the first is the one meant, the others are its equals. The same list
   * for all segments that mean the same; empty where the segment has none.
   */
  occurrences(name: string, from: { name: string; occurrence: number }): readonly number[] {
    const row = this.#byName.get(from.name)?.[from.occurrence - 1];
    if (row === undefined) return NONE;
    if (name === from.name) return [from.occurrence];
    if (NOTES.has(name)) return row.notes?.get(name) ?? NONE;
    if (row.of?.name === name) return [row.of.occurrence];
    for (let group: Group | undefined = row.group; group !== undefined; group = group.parent) {
      const heads = group.heads.get(name);
      if (heads !== undefined) return heads;
      const below = group.below.get(name);
      if (below === undefined) continue;
      if (isShared(name, group) || (group === row.group && row.isHead && isDetail(name, group))) return below;
    }
    return NONE;
  }
}

/** True when a segment describes its whole group, and so every segment in it. */
function isShared(name: string, { kind }: Group): boolean {
  return name === 'SPM' ? kind === 'order' : !SINGLE.has(name);
}

/** True when a segment below a group is a detail of the segment that names the group, and no record of the group. */
function isDetail(name: string, { kind }: Group): boolean {
  if (RESULTS.has(name)) return false;
  if (kind === 'order') return PARTS.has(name) || RECORDS.has(name);
  if (kind === 'patient') return RECORDS_OF_PATIENT.has(name) || RECORDS.has(name);
  return kind === 'record' || (kind === 'part' && DETAILS.has(name));
}

/** Puts the segments of a message into groups, in their order. */
class Builder {
  readonly places: Place[] = [];
  readonly #message: Group = { kind: 'message', parent: undefined, heads: new Map(), below: new Map() };
  #patient: Group | undefined;
  #specimen: Group | undefined;
  /** Of the specimen: SAC, and whether an order has come behind it. */
  #container: { group: Group; used: boolean } | undefined;
  #order: Group | undefined;
  #part: Group | undefined;
  /** The group that a segment belongs to whose place is not known. */
  #last = this.#message;
  /** The segment that notes belong to. */
  #noted: Place | undefined;
  #patients = 0;
  /** An ORC has come, and the OBR that belongs to it has not. */
  #open = false;
  /** Results of automated tests have ORC behind OBR. */
  readonly #orderedBehind: boolean;

  constructor(segments: readonly SegmentText[]) {
    this.#orderedBehind = /^OUL/.test(segments[0]?.text.split(segments[0].text.charAt(3))[8] ?? '');
    for (const { name, occurrence } of segments) this.#add(name, occurrence);
  }

  #add(name: string, occurrence: number): void {
    if (name === '?') return;
    if (NOTES.has(name)) {
      this.#note(name, occurrence);
      return;
    }
    const place: Place = { name, occurrence, group: this.#message, isHead: false, of: undefined, notes: undefined };
    this.#place(place);
    this.places.push(place);
    if (!DETAILS.has(name) && !WITHOUT_NOTES.has(name) && !name.startsWith('Z')) this.#noted = place;
  }

  #place(place: Place): void {
    const { name } = place;
    const around = this.#order ?? this.#container?.group ?? this.#specimen ?? this.#patient ?? this.#message;
    if (name === 'PID') this.#newPatient(place);
    else if (OF_MESSAGE.has(name)) this.#put(place, this.#message);
    else if (OF_PATIENT.has(name)) this.#put(place, this.#patient ?? this.#message);
    else if (RECORDS_OF_PATIENT.has(name)) this.#group('record', this.#patient ?? this.#message, place);
    else if (name === 'ORC' || name === 'OBR' || name === 'RGS' || name === 'MFE') this.#newOrder(place);
    else if (name === 'SPM' && (this.#order === undefined || this.#specimen !== undefined)) this.#newSpecimen(place);
    else if (name === 'SAC') this.#newContainer(place);
    else if (PARTS.has(name)) {
      this.#open = false;
      this.#part = this.#group('part', around, place);
    } else if (RECORDS.has(name)) {
      this.#open = false;
      if (name !== 'OBX') this.#part = undefined;
      this.#group('record', this.#part ?? around, place);
    } else this.#put(place, OF_ORDER.has(name) ? around : this.#last);
  }

  #newPatient(place: Place): void {
    this.#patients++;
    this.#endOrder();
    [this.#specimen, this.#container] = [undefined, undefined];
    this.#patient = this.#group('patient', this.#message, place);
  }

  #newOrder(place: Place): void {
    const { name } = place;
    const order = this.#order;
    const belongs =
      order !== undefined &&
      ((name === 'OBR' && this.#open) ||
        (name === 'ORC' && this.#orderedBehind && order.heads.has('OBR') && !order.heads.has('ORC')));
    if (belongs) {
      this.#open = false;
      this.#part = undefined;
      this.#join(place, order);
      return;
    }
    this.#endOrder();
    this.#open = name === 'ORC';
    if (this.#container !== undefined) this.#container.used = true;
    // The resources of an appointment follow all of its patients, and belong to the patient only where there is one.
    const patient = name === 'RGS' && this.#patients > 1 ? undefined : this.#patient;
    const parent = this.#container?.group ?? this.#specimen ?? patient ?? this.#message;
    this.#order = this.#group('order', parent, place);
  }

  #endOrder(): void {
    [this.#order, this.#part, this.#open] = [undefined, undefined, false];
  }

  /** A specimen before its orders: those belong to it, up to the next one. */
  #newSpecimen(place: Place): void {
    this.#endOrder();
    this.#container = undefined;
    this.#specimen = this.#group('specimen', this.#patient ?? this.#message, place);
  }

  /** Orders behind a container belong to it where they belong to its specimen; behind several, to all of these. */
  #newContainer(place: Place): void {
    if (this.#specimen === undefined) {
      this.#put(place, this.#part ?? this.#order ?? this.#patient ?? this.#message);
      return;
    }
    this.#endOrder();
    if (this.#container !== undefined && !this.#container.used) this.#join(place, this.#container.group);
    else this.#container = { group: this.#group('specimen', this.#specimen, place), used: false };
  }

  #group(kind: Kind, parent: Group, head: Place): Group {
    const group: Group = { kind, parent, heads: new Map(), below: new Map() };
    this.#join(head, group);
    return group;
  }

  /** Makes a segment one that its group is named by. */
  #join(head: Place, group: Group): void {
    head.group = group;
    head.isHead = true;
    list(group.heads, head);
    list(group.parent!.below, head);
    this.#last = group;
  }

  #put(place: Place, group: Group): void {
    place.group = group;
    list(group.below, place);
    this.#last = group;
  }

  #note(name: string, occurrence: number): void {
    const of = this.#noted;
    const place: Place = { name, occurrence, group: of?.group ?? this.#message, isHead: false, of, notes: undefined };
    this.places.push(place);
    if (of === undefined) return;
    of.notes ??= new Map();
    list(of.notes, place);
  }
}

function list(map: Map<string, number[]>, { name, occurrence }: Place): void {
  const known = map.get(name);
  if (known === undefined) map.set(name, [occurrence]);
  else known.push(occurrence);
}
