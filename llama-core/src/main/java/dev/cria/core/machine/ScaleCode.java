package dev.cria.core.machine;

import dev.cria.core.QuantizedLayout;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Gpr;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.machine.x86.Ymm;

/**
 * Code that loads the scales and minima of rows as floats.
 *
 * @param assembler receives the code
 * @param layout where scales lie
 * @param block points to the start of the block's first panel
 * @param strip points to the start of the strip's
 * @param constants points to {@link VectorCode#HALVES}
 */
record ScaleCode(Assembler assembler, QuantizedLayout layout, Gpr block, Gpr strip, Gpr constants) {
    /**
     * Binary16 numbers of eight rows and of those 16 further.
     *
     * @param index 0 for scales, 1 for minima
     * @param panel 0 or 1
     * @param part 0 for the rows 0 to 7 and 16 to 23, 1 for the others
     * @param low receives those of the first eight
     * @param high receives those of the others
     */
    void halves(int index, int panel, int part, Ymm low, Ymm high) {
        VectorCode.halves(assembler, Mem.at(block, layout.apart(layout.factor(index, 0, 0))
                + panel * QuantizedLayout.LINE + part * VectorCode.BYTES), constants, low, high);
    }

    /**
     * Small scales, or minima, times their factors, of eight rows.
     *
     * @param index 0 for scales, 1 for minima
     * @param group which group of the strip
     * @param panel 0 or 1
     * @param row first row
     * @param target receives them
     */
    void products(int index, int group, int panel, int row, Ymm target) {
        int small = layout.scale(index, group * layout.groupColumns(), row) - layout.factorsBytes();
        assembler.vpmovsxbd(target, Mem.at(strip, layout.apart(small) + panel * QuantizedLayout.LINE));
        assembler.vcvtdq2ps(target, target);
        assembler.vmulps(target, target,
                Mem.at(block, layout.apart(layout.factor(index, 0, row)) + panel * QuantizedLayout.LINE));
    }

    /**
     * Turns a minimum into a summand of levels less their centre.
     *
     * @param minimum in the format, and receives the summand
     * @param scale the scale
     * @param centre the centre in all lanes
     */
    void summand(Ymm scale, Ymm minimum, Ymm centre) {
        if (layout.halfScales()) {
            assembler.vfmadd213ps(scale, centre, minimum);
        } else {
            assembler.vfmsub213ps(scale, centre, minimum);
        }
    }
}
