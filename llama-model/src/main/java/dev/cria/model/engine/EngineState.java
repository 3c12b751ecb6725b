package dev.cria.model.engine;

/**
 * What an engine does at one moment.
 *
 * @param running sequences that are being computed
 * @param queued sequences that wait for their turn
 * @param kvBytes memory of keys and values
 * @param prefixBytes the part of that which is kept for prompts to come, some of it in use by running sequences as well
 * @param passes passes so far
 * @param rows rows of all passes so far
 * @param evictions pages so far that were kept for prompts to come and given up for others
 * @param putBacks how often so far a sequence was put back into the queue
 */
public record EngineState(int running, int queued, long kvBytes, long prefixBytes, long passes, long rows,
        long evictions, long putBacks) {
    EngineState withQueued(int count) {
        return new EngineState(running, count, kvBytes, prefixBytes, passes, rows, evictions, putBacks);
    }
}
