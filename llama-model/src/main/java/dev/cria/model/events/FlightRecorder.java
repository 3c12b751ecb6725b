package dev.cria.model.events;

/**
 * Tells JDK Flight Recorder what happens, where the JVM has it. What is not recorded costs next to nothing. Classes of
 * events are only loaded where there is a Flight Recorder.
 */
public final class FlightRecorder {
    private static final boolean IS_PRESENT = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private FlightRecorder() {}

    /** {@return the loading of a model, which begins now} */
    public static Span<Loading> loading() {
        return IS_PRESENT ? ModelLoadEvent.begun() : _ -> {};
    }

    /** {@return a generation, which begins now} */
    public static Span<Generated> generation() {
        return IS_PRESENT ? GenerationEvent.begun() : _ -> {};
    }

    /** {@return a pass, which begins now} */
    public static Span<PassRows> pass() {
        return IS_PRESENT ? PassEvent.begun() : _ -> {};
    }

    /**
     * Tells of the keys and values after a pass.
     *
     * @param usedBytes memory that they take
     * @param prefixBytes the part of that which is kept for prompts to come
     * @param evictions pages that were given up so far, which were kept for prompts to come
     * @param putBacks how often a sequence was put back into the queue so far
     */
    public static void keysAndValues(long usedBytes, long prefixBytes, long evictions, long putBacks) {
        if (IS_PRESENT) {
            KvPoolEvent.commit(usedBytes, prefixBytes, evictions, putBacks);
        }
    }
}
