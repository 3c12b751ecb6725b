package dev.cria.core.kernel;

import dev.cria.core.host.ProcessorTime;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;

/**
 * Tells code that the JVM turns into instructions from code that it calls for every element, which takes hundreds of
 * times as long, where the JVM does not say so itself. Two pieces of code that do the same run in turns, and their
 * shortest times are compared, so that a busy machine changes little. Fast code is found out as soon as it is compiled;
 * slow code is given a second of processor time.
 */
final class Measurement {
    /** Rounds after which the simple code has been compiled. */
    private static final int WARM_UP = 200;
    private static final int RUNS_PER_ROUND = 10;
    /** The processor time in nanoseconds that slow code is given. */
    private static final long PROCESSOR_LIMIT = 1_000_000_000;
    /** The time in its place where processor times are not known: others may want the processor meanwhile. */
    private static final long TIME_LIMIT = 5_000_000_000L;

    private Measurement() {}

    /** {@return whether code takes no longer than so many times as long as simple code that does the same} */
    static boolean isFast(DoubleSupplier code, DoubleSupplier simple, int times) {
        long shortestSimple = Long.MAX_VALUE;
        for (int round = 0; round < WARM_UP; round++) {
            shortestSimple = Math.min(shortestSimple, nanos(simple));
        }
        long shortest = Long.MAX_VALUE;
        long begin = System.nanoTime();
        OptionalLong computed = ProcessorTime.nanos(Thread.currentThread());
        while (isWithinLimit(begin, computed)) {
            shortest = Math.min(shortest, nanos(code));
            shortestSimple = Math.min(shortestSimple, nanos(simple));
            if (shortest <= times * shortestSimple) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWithinLimit(long begin, OptionalLong computed) {
        OptionalLong now = ProcessorTime.nanos(Thread.currentThread());
        if (computed.isPresent() && now.isPresent()) {
            return now.getAsLong() - computed.getAsLong() < PROCESSOR_LIMIT;
        }
        return System.nanoTime() - begin < TIME_LIMIT;
    }

    private static long nanos(DoubleSupplier code) {
        long begin = System.nanoTime();
        double sum = 0;
        for (int run = 0; run < RUNS_PER_ROUND; run++) {
            sum += code.getAsDouble();
        }
        long nanos = System.nanoTime() - begin;
        // a result that is used cannot be left out
        return sum == 0.5 ? nanos + 1 : nanos;
    }
}
