package dev.cria.model.engine;

/**
 * How much an engine does at once.
 *
 * @param maxConcurrent most sequences that are computed at the same time, at least 1; others wait for their turn
 * @param queueLimit most sequences that wait, at least 0; more are refused
 * @param kvCacheBytes most memory for keys and values, those kept for prompts to come included; at least a page
 * @param keepsPrefixes whether keys and values of finished sequences are kept for prompts that begin alike
 */
public record EngineLimits(int maxConcurrent, int queueLimit, long kvCacheBytes, boolean keepsPrefixes) {
    /** Sequences beyond which a pass of most models gains nothing from another. */
    public static final int DEFAULT_CONCURRENT = 64;
    /** Callers that a busy server has, and not yet a program that has gone wild. */
    public static final int DEFAULT_QUEUE = 1_000;

    /**
     * {@return the bytes of keys and values that suit a heap: a quarter of it, or a full context where that is more,
     * but never more than half}
     *
     * @param contextBytes keys and values of a full context
     * @param heapBytes the largest size of the heap
     */
    public static long defaultKvCacheBytes(long contextBytes, long heapBytes) {
        return Math.max(heapBytes / 4, Math.min(contextBytes, heapBytes / 2));
    }
}
