import type { Node, NodeStatusFill, NodeStatusShape } from 'node-red';
import type { RetentionResult } from '../lib/store';

const LOOKS = {
  done: { fill: 'green', shape: 'dot' },
  elsewhere: { fill: 'grey', shape: 'dot' },
  stopped: { fill: 'grey', shape: 'ring' },
  failed: { fill: 'red', shape: 'ring' },
} as const satisfies Record<RetentionResult['outcome'], { fill: NodeStatusFill; shape: NodeStatusShape }>;

/**
 * Tells of the runs of the retention of a database: each as the node's status, which holds the result as `retention`; a
 * line in the log when something was dropped or deleted; a warning when a run failed for another reason than the last.
 */
export function reportRetention(node: Pick<Node, 'log' | 'warn' | 'status'>): (result: RetentionResult) => void {
  let failure = '';
  return (result) => {
    const { outcome, text, error, contentsDropped, messagesDeleted } = result;
    const reason = error?.message ?? '';
    if (outcome === 'failed' && reason !== failure) node.warn(`Retention: ${text}`);
    else if (contentsDropped + messagesDeleted > 0) node.log(`Retention: ${text}`);
    // A run that ended early, or that was another instance's, says nothing of the reason.
    if (outcome === 'failed' || outcome === 'done') failure = reason;
    const status = { ...LOOKS[outcome], text, retention: result };
    node.status(status);
  };
}
