package dev.cria.quant.packed;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the vector kernels of all formats share. A kernel works on two vectors of rows at a time, {@link #HALF} rows
 * apart: rows r to r + {@link #LENGTH} and the same plus 16, because the scales of row r and r + 16 lie in one int. C2
 * stops inlining in a method of more than some hundred vector operations, so loop bodies here stay small.
 */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > PANEL_ROWS / 2
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final int LENGTH = FLOATS.length();
    static final int HALF = PANEL_ROWS / 2;
    static final int FLOAT16_BITS = 0x8fffe000;
    /** Moves the exponent bias from binary16's 15 to float's 127; exact, subnormal numbers included. */
    static final float FLOAT16_BIAS = 0x1p112f;

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
     * The upper halves as floats, like {@link #highFloat16}, but without a subnormal float on the way, which would cost
     * a hundred cycles: the factors of scales often are subnormal binary16.
     */
    static FloatVector float16(IntVector pairs) {
        IntVector magnitude = pairs.lanewise(VectorOperators.LSHR, 16).and(0x7fff);
        IntVector subnormal = toFloats(magnitude).mul(0x1p-24f).reinterpretAsInts();
        return magnitude.lanewise(VectorOperators.LSHL, 13).add(112 << 23)
                .blend(subnormal, magnitude.compare(VectorOperators.LT, 0x400)).or(pairs.and(0x80000000))
                .reinterpretAsFloats();
    }

    /**
     * Numbers below 2^23 as floats. A conversion would do, but costs C2 too many of the nodes that it allows a method.
     */
    static FloatVector toFloats(IntVector numbers) {
        return numbers.or(0x4b000000).reinterpretAsFloats().sub(0x1p23f);
    }

    /** The float 2^(23 - bit) as an int: with a number at a bit of the mantissa, it is that power plus the number. */
    static IntVector exponent(int bit) {
        return IntVector.broadcast(INTS, (150 - bit) << 23);
    }

    /** The number under a mask as a float, where the mask begins at the bit of the exponent and ends below bit 23. */
    static FloatVector level(IntVector word, IntVector mask, IntVector exponent) {
        return word.and(mask).or(exponent).reinterpretAsFloats().sub(exponent.reinterpretAsFloats());
    }
}
