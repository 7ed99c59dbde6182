/** The parts of hl7-standard 1.0.4 that live messages build on; the package ships no types. */
declare module 'hl7-standard' {
  class HL7 {
    constructor(data?: string, options?: { subComponents?: string; repeatingFields?: string; lineEndings?: string });
    raw: string;
    // biome-ignore lint/suspicious/noExplicitAny: the shape of a field depends on its content
    transformed: any;
    encoded: string;
    parseOptions: { subComponents: string; repeatingFields: string; lineEndings: string };
    forceBatch: boolean;
    lastIndex: number;
    isBatch(): boolean;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    transform(callback?: ((error: Error | null, result: any) => void) | null, batch?: boolean): any;
    build(): string;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    get(field: string, index?: number | null, sectionIndex?: number | null, subIndex?: number | null): any;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    set(field: string, value: any, index?: number | null, sectionIndex?: number | null, subIndex?: number | null): any;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    getSegment(segment: string): any;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    getSegments(segment?: string): any[];
    // biome-ignore lint/suspicious/noExplicitAny: as above
    getSegmentsAfter(start: any, name: string, consecutive?: boolean, stop?: string | string[]): any[];
    // biome-ignore lint/suspicious/noExplicitAny: as above
    createSegment(segment: string): any;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    createSegmentAfter(segment: string, afterSegment?: any): any;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    createSegmentBefore(segment: string, beforeSegment?: any): any;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    deleteSegment(segment: any): void;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    deleteSegments(segments: any): void;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    moveSegmentAfter(segment: any, afterSegment: any): void;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    moveSegmentBefore(segment: any, beforeSegment: any): void;
  }
  export = HL7;
}
