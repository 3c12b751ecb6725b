package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the vector kernels of all formats share. A kernel works on two vectors of rows at a time, {@link #HALF} rows apart: rows
 * r to r + {@link #LENGTH} and the same plus 16, because the scales of row r and r + 16 lie in one int. C2 stops inlining in
 * a method of more than some hundred vector operations, so loop bodies here stay small.
 */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > PANEL_ROWS / 2
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final int LENGTH = FLOATS.length();
    static final int HALF = PANEL_ROWS / 2;
    private static final int FLOAT16_BITS = 0x8fffe000;
    /** Moves the exponent bias from binary16's 15 to float's 127; exact, subnormal numbers included. */
    private static final float FLOAT16_BIAS = 0x1p112f;

    private Lanes() {}

    static IntVector load(MemorySegment segment, long offset) {
        return IntVector.fromMemorySegment(INTS, segment, offset, ByteOrder.LITTLE_ENDIAN);
    }

    static FloatVector lowFloat16(IntVector pairs) {
        return highFloat16(pairs.lanewise(VectorOperators.LSHL, 16));
    }

    /** The upper halves as floats: sign and exponent come into place by an arithmetic shift, the bias by a product. */
    static FloatVector highFloat16(IntVector pairs) {
        return pairs.lanewise(VectorOperators.ASHR, 3).and(FLOAT16_BITS).reinterpretAsFloats().mul(FLOAT16_BIAS);
    }

    /**
     * The binary16 factors of the rows from {@code lane} on, where an int at {@code at} holds those of rows r and r + 16. Unlike
     * {@link #highFloat16}, no float is subnormal on the way, which would cost a hundred cycles: factors of factors often are.
     */
    static FloatVector factor(MemorySegment weights, long at, int lane) {
        IntVector pairs = load(weights, at + 4L * (lane % HALF));
        IntVector bits = lane < HALF ? pairs.lanewise(VectorOperators.LSHL, 16) : pairs;
        IntVector magnitude = bits.lanewise(VectorOperators.LSHR, 16).and(0x7fff);
        FloatVector subnormal = toFloats(magnitude).mul(0x1p-24f);
        FloatVector value = magnitude.lanewise(VectorOperators.LSHL, 13).add(112 << 23).reinterpretAsFloats()
                .blend(subnormal, magnitude.compare(VectorOperators.LT, 0x400).cast(FLOATS));
        return value.reinterpretAsInts().or(bits.and(0x80000000)).reinterpretAsFloats();
    }

    /** The numbers of ints as floats. */
    static FloatVector toFloats(IntVector numbers) {
        return (FloatVector) numbers.convertShape(VectorOperators.I2F, FLOATS, 0);
    }
}
