package dev.cria.train.network;

import static dev.cria.core.Matrix.PANEL_ROWS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where one worker puts a panel before it multiplies: the kernel reads aligned native memory, which float arrays are
 * not.
 */
final class PanelCopy {
    private static final int CACHE_LINE = 64;

    private MemorySegment space = allocate(0);

    private static MemorySegment allocate(long floats) {
        return Arena.ofAuto().allocate(Float.BYTES * floats, CACHE_LINE);
    }

    /** {@return a copy of {@code [depth][PANEL_ROWS]} floats, valid until the next call} */
    MemorySegment of(float[] source, int offset, int depth) {
        int count = depth * PANEL_ROWS;
        if (space.byteSize() < Float.BYTES * (long) count) {
            space = allocate(count);
        }
        MemorySegment.copy(source, offset, space, ValueLayout.JAVA_FLOAT, 0, count);
        return space;
    }
}
