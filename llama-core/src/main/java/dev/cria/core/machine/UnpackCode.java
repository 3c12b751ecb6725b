package dev.cria.core.machine;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.QuantizedLayout.LINE;
import static dev.cria.core.QuantizedLayout.TOGETHER;
import static dev.cria.core.machine.x86.Gpr.R11;
import static dev.cria.core.machine.x86.Gpr.R8;
import static dev.cria.core.machine.x86.Gpr.R9;
import static dev.cria.core.machine.x86.Gpr.RAX;
import static dev.cria.core.machine.x86.Gpr.RCX;
import static dev.cria.core.machine.x86.Gpr.RDI;
import static dev.cria.core.machine.x86.Gpr.RDX;
import static dev.cria.core.machine.x86.Gpr.RSI;
import static dev.cria.core.machine.x86.Ymm.YMM0;
import static dev.cria.core.machine.x86.Ymm.YMM1;
import static dev.cria.core.machine.x86.Ymm.YMM13;
import static dev.cria.core.machine.x86.Ymm.YMM2;
import static dev.cria.core.machine.x86.Ymm.YMM3;
import static dev.cria.core.machine.x86.Ymm.YMM4;
import static dev.cria.core.machine.x86.Ymm.YMM5;

import dev.cria.core.LevelTile;
import dev.cria.core.Q8Blocks;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.machine.x86.Ymm;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Unpacks a tile of one panel for {@link GemmCode}: {@code void unpack(weights, levels, scales, summands, strips)}.
 * Levels become pairs of bytes, {@code [strips][PAIRS][PANEL_ROWS]}, row r beside row r + 16 as in the packed words;
 * scales and summands become floats, {@code [groups][PANEL_ROWS]} in the order of rows.
 *
 * @param assembler receives the code
 * @param layout how weights lie in memory
 */
record UnpackCode(Assembler assembler, QuantizedLayout layout) {
    /** Bytes of the levels of a strip. */
    static final int STRIP_BYTES = Q8Blocks.PAIRS * PANEL_ROWS * Short.BYTES;
    /** Bytes of the levels of the largest tile. */
    static final int TILE_BYTES = LevelTile.COLUMNS / QuantizedLayout.STRIP * STRIP_BYTES;

    private static final Ymm CENTRE = YMM13;
    private static final int ROW_BYTES = PANEL_ROWS * Float.BYTES;

    /** Writes the function; {@return its entry} */
    int write(int constants) {
        assembler.align(64);
        int entry = assembler.position();
        assembler.endbr64();
        assembler.leaCode(R11, constants);
        PairCode pairs = new PairCode(assembler, layout.coding(), List.of(YMM0, YMM1, YMM2, YMM3, YMM4),
                IntStream.range(6, 6 + PairCode.masks(layout.coding())).mapToObj(Ymm::of).toList());
        pairs.loadMasks(RAX);
        ScaleCode scales = new ScaleCode(assembler, layout, RAX, RDI, R11);
        if (layout.summed()) {
            VectorCode.broadcast(assembler, CENTRE, layout.coding().centre(), RAX);
        }
        int block = assembler.position();
        assembler.mov(RAX, RDI);
        assembler.add(RDI, TOGETHER * layout.factorsBytes());
        if (!layout.halfScales()) {
            assembler.mov(R9, layout.blockStrips());
        }
        int strip = assembler.position();
        strip(pairs, scales);
        int groups = QuantizedLayout.STRIP / layout.groupColumns();
        assembler.add(RDI, TOGETHER * layout.stripBytes());
        assembler.add(RSI, STRIP_BYTES);
        assembler.add(RDX, groups * ROW_BYTES);
        assembler.add(RCX, groups * ROW_BYTES);
        if (!layout.halfScales()) {
            assembler.sub(R9, 1);
            assembler.jumpBack(strip);
        }
        assembler.sub(R8, layout.blockStrips());
        assembler.jumpBack(block);
        assembler.vzeroupper();
        assembler.ret();
        return entry;
    }

    private void strip(PairCode pairs, ScaleCode scales) {
        int words = layout.apart(layout.levelStart());
        for (int part = 0; part < LINE / VectorCode.BYTES; part++) {
            int lane = part * VectorCode.BYTES;
            pairs.take(Mem.at(RDI, words + lane), 0, Q8Blocks.PAIRS,
                    (levels, pair) -> assembler.vmovdqu(Mem.at(RSI, pair * LINE + lane), levels));
            if (layout.halfScales()) {
                scales.halves(0, 0, part, YMM0, YMM1);
                if (layout.summed()) {
                    scales.halves(1, 0, part, YMM2, YMM3);
                }
                store(scales, 0, part * VectorCode.FLOATS, YMM0, YMM2);
                store(scales, 0, part * VectorCode.FLOATS + QuantizedLayout.HALF, YMM1, YMM3);
            }
        }
        for (int group = 0; !layout.halfScales() && group < QuantizedLayout.STRIP / layout.groupColumns(); group++) {
            for (int row = 0; row < PANEL_ROWS; row += VectorCode.FLOATS) {
                scales.products(0, group, 0, row, YMM4);
                if (layout.summed()) {
                    scales.products(1, group, 0, row, YMM5);
                }
                store(scales, group, row, YMM4, YMM5);
            }
        }
    }

    private void store(ScaleCode scales, int group, int row, Ymm scale, Ymm minimum) {
        int to = group * ROW_BYTES + row * Float.BYTES;
        assembler.vmovdqu(Mem.at(RDX, to), scale);
        if (layout.summed()) {
            scales.summand(scale, minimum, CENTRE);
            assembler.vmovdqu(Mem.at(RCX, to), scale);
        }
    }
}
