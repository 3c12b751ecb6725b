package dev.cria.quant.packed;

import static dev.cria.quant.packed.Lanes.FLOATS;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
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
