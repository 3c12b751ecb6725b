package dev.cria.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The figure of a kernel: what it moved or computed, reported per second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Counted {
    /** Bytes of weights, or of whatever else has to be read from memory, in 10^9. */
    public double gigabytes;
    /** Floating-point operations, two for a multiply-add, in 10^9. */
    public double gigaflops;
}
