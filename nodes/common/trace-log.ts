import { subscribe } from 'node:diagnostics_channel';
import type { NodeAPI } from 'node-red';
import { channelName, TRACE, type TraceEvent, traceLine } from '../lib/util';

let subscribed = false;

/** With HL7_LOGGER_TRACE=1 in the environment: one line of Node-RED's log for each event of the trace, docs/trace.md. */
export function traceToLog(RED: NodeAPI): void {
  if (subscribed || !/^(1|true|on|yes)$/i.test(process.env.HL7_LOGGER_TRACE ?? '')) return;
  subscribed = true;
  for (const event of Object.keys(TRACE) as TraceEvent[]) {
    subscribe(channelName(event), (facts) => RED.log.info(`[hl7-logger] ${traceLine(event, facts as object)}`));
  }
}
