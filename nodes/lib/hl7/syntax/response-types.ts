/**
 * Message types that answer another message, whatever their trigger event: those whose definition begins with MSH and MSA
 * (HL7 v2.9 table 0076, and what earlier versions had). ACK and MCF, which are nothing but acknowledgments, are not among
 * them.
 */
const RESPONSE_TYPES: ReadonlySet<string> = new Set(
  // Queries: chapter 5 and the answers to queries of the other chapters.
  (
    'ADR CQU DOC DSR EDR ERP NMR ORF OSR PPT PPV PRR PTR QCK RAR RCI RCL RDR RDY RER RGR ROR RSP RTB SQR TBR VXR VXX ' +
    // Orders, blood products, schedules, referrals, master files, devices.
    'BRP BRT EAR MFK MFR OPR ORA ORB ORD ORG ORI ORL ORN ORP ORR ORS ORX RPA RPI RPL RPR RRA RRD RRE RRG RRI SRR'
  ).split(' '),
);

/** @param type MSH-9.1 in capitals */
export function isResponseType(type: string): boolean {
  return RESPONSE_TYPES.has(type);
}
