package dev.cria.quant.packed;

import static dev.cria.quant.packed.Lanes.FLOATS;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** What kernels on 16-bit lanes share. A lane of 32 bits is two rows, or two columns of one. */
final class Words {
    static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());

    /** As many bytes as there are floats in a vector, but at least 64 bits, of which then the first are meant. */
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(Math.max(64, Byte.SIZE * Lanes.LENGTH)));

    /**
     * Whether words are shifted by a vector of counts, which takes AVX-512 and is fastest there. With AVX2 it would be
     * emulated, in a dozen instructions; one count for all words is a single one. Kernels choose where they shift: a
     * method of ours that did would not be inlined, see {@link TileStep}.
     */
    static final boolean LANE_COUNTS = SHORTS.vectorBitSize() == 512;

    /** As many bytes as a vector has. */
    static final VectorSpecies<Byte> ALL_BYTES = VectorSpecies.of(byte.class, FLOATS.vectorShape());

    /**
     * The lowest bits of a word. Where there are no vectors of counts, words are shifted as ints, by a count in the
     * instruction, and the bits of the neighbour are taken off: C2 moves the count of a shift of words from a general
     * register into a vector's each time, and a processor does that once in one or two cycles.
     */
    static final ShortVector BELOW_1 = ShortVector.broadcast(SHORTS, (short) 0x1);
    static final ShortVector BELOW_4 = ShortVector.broadcast(SHORTS, (short) 0xf);
    static final ShortVector BELOW_6 = ShortVector.broadcast(SHORTS, (short) 0x3f);
    static final ShortVector BELOW_8 = ShortVector.broadcast(SHORTS, (short) 0xff);
    static final ShortVector BELOW_11 = ShortVector.broadcast(SHORTS, (short) 0x7ff);
    static final ShortVector BELOW_12 = ShortVector.broadcast(SHORTS, (short) 0xfff);

    private Words() {}

    /** Signed bytes as floats. */
    static FloatVector bytes(MemorySegment segment, long offset) {
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, segment, offset, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    static IntVector lower(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
    }

    static IntVector upper(IntVector pairs) {
        return pairs.lanewise(VectorOperators.ASHR, 16);
    }

    static FloatVector toFloats(IntVector numbers) {
        return (FloatVector) numbers.convertShape(VectorOperators.I2F, FLOATS, 0);
    }
}
