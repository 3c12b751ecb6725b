package dev.cria.quant.packed;

import dev.cria.core.BytePanels;
import java.lang.foreign.MemorySegment;

/**
 * {@link Q8_0Panels} in machine code.
 *
 * @param panels multiplies
 * @param inJava expands
 */
record Q8_0Machine(BytePanels panels, PanelKernel inJava) implements PanelKernel {
    @Override
    public void expand(MemorySegment weights, long offset, int blocks, float[] target, int targetOffset) {
        inJava.expand(weights, offset, blocks, target, targetOffset);
    }

    @Override
    public void multiply(MemorySegment weights, long offset, int blocks, float[] x, int xOffset, float[] out,
            int outOffset, float[] scratch) {
        panels.multiply(weights, offset, blocks, x, xOffset, out, outOffset);
    }
}
